package im.deferred.msrp.frame;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The headers of a frame but To-Path and From-Path: in their order, names without regard to case (RFC 4975 §9). Few as they are, they
 * lie in one array that is searched from its beginning. Not safe for use by several threads.
 */
public final class MsrpHeaders {
    public static final String TO_PATH = "To-Path";
    public static final String FROM_PATH = "From-Path";
    public static final String MESSAGE_ID = "Message-ID";
    public static final String BYTE_RANGE = "Byte-Range";
    public static final String SUCCESS_REPORT = "Success-Report";
    public static final String FAILURE_REPORT = "Failure-Report";
    public static final String STATUS = "Status";
    public static final String CONTENT_TYPE = "Content-Type";
    /** RFC 4976 §7.2, as are the others below. */
    public static final String USE_PATH = "Use-Path";

    public static final String EXPIRES = "Expires";
    public static final String MIN_EXPIRES = "Min-Expires";
    public static final String MAX_EXPIRES = "Max-Expires";
    public static final String WWW_AUTHENTICATE = "WWW-Authenticate";
    public static final String AUTHORIZATION = "Authorization";
    public static final String AUTHENTICATION_INFO = "Authentication-Info";

    private static final String[] NONE = {};

    /** Names and values in turn. */
    private String[] fields = NONE;

    private int length;

    /**
     * Adds a header at the end.
     *
     * @return this
     * @throws IllegalArgumentException when the name is no token or the value holds a control character
     */
    public MsrpHeaders add(String name, String value) {
        if (!MsrpSyntax.isToken(name)) {
            throw new IllegalArgumentException("not a header name: " + name);
        }
        if (!MsrpSyntax.isText(value)) {
            throw new IllegalArgumentException("control character in header " + name);
        }
        return addChecked(name, value);
    }

    /** For names and values that are known to be well-formed. */
    MsrpHeaders addChecked(String name, String value) {
        if (length == fields.length) {
            fields = Arrays.copyOf(fields, Math.max(8, 2 * length));
        }
        fields[length++] = name;
        fields[length++] = value;
        return this;
    }

    /** The value of the first header of that name, or null. */
    public String get(String name) {
        for (int i = 0; i < length; i += 2) {
            if (fields[i].equalsIgnoreCase(name)) {
                return fields[i + 1];
            }
        }
        return null;
    }

    /** The values of all headers of that name, in their order. */
    public List<String> all(String name) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < length; i += 2) {
            if (fields[i].equalsIgnoreCase(name)) {
                values.add(fields[i + 1]);
            }
        }
        return values;
    }

    /** A copy in which the header of that name has this value: the first of that name, or a new one before all others. */
    public MsrpHeaders with(String name, String value) {
        MsrpHeaders copy = new MsrpHeaders();
        boolean replaced = false;
        for (int i = 0; i < length; i += 2) {
            boolean replace = !replaced && fields[i].equalsIgnoreCase(name);
            copy.addChecked(fields[i], replace ? value : fields[i + 1]);
            replaced |= replace;
        }
        return replaced ? copy : prepended(name, value);
    }

    private MsrpHeaders prepended(String name, String value) {
        MsrpHeaders copy = new MsrpHeaders().add(name, value);
        for (int i = 0; i < length; i += 2) {
            copy.addChecked(fields[i], fields[i + 1]);
        }
        return copy;
    }

    /** How many headers there are. */
    public int size() {
        return length / 2;
    }

    /** Gives every header in its order. */
    public void forEach(BiConsumer<String, String> action) {
        for (int i = 0; i < length; i += 2) {
            action.accept(fields[i], fields[i + 1]);
        }
    }

    String name(int index) {
        return fields[2 * index];
    }

    String value(int index) {
        return fields[2 * index + 1];
    }

    /** Equal when names (without regard to case) and values are the same in the same order. */
    @Override
    public boolean equals(Object other) {
        if (!(other instanceof MsrpHeaders that) || that.length != length) {
            return false;
        }
        for (int i = 0; i < length; i += 2) {
            if (!fields[i].equalsIgnoreCase(that.fields[i]) || !fields[i + 1].equals(that.fields[i + 1])) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (int i = 1; i < length; i += 2) {
            hash = 31 * hash + fields[i].hashCode();
        }
        return hash;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        forEach((name, value) -> text.append(name).append(": ").append(value).append('\n'));
        return text.toString();
    }
}
