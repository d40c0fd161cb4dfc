package im.deferred.msrp.frame;

/** The small words of the grammar (RFC 4975 §9). */
public final class MsrpSyntax {
    private static final int ALPHANUMERIC = 1;
    private static final int IDENT = 2;
    private static final int TOKEN = 4;
    private static final int CONTROL = 8;

    /** Of each character of ASCII, what it may stand in. */
    private static final byte[] KINDS = new byte[128];

    static {
        for (char c = 0; c < KINDS.length; c++) {
            if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') {
                KINDS[c] = ALPHANUMERIC | IDENT | TOKEN;
            }
            KINDS[c] |= ".-+%=".indexOf(c) < 0 ? 0 : IDENT;
            KINDS[c] |= "!#$%&'*+-.^_`|~".indexOf(c) < 0 ? 0 : TOKEN;
            KINDS[c] |= c < ' ' && c != '\t' || c == 0x7f ? CONTROL : 0;
        }
    }

    private MsrpSyntax() {}

    /** Whether this may be a transaction id or a Message-ID: 4 to 32 of letters, digits and {@code . - + % =}, first a letter or digit. */
    public static boolean isIdent(String text) {
        return text.length() >= 4 && text.length() <= 32 && isAlphanumeric(text.charAt(0)) && allAre(IDENT, text);
    }

    /** Whether this may be a header's name. */
    public static boolean isToken(String text) {
        return !text.isEmpty() && allAre(TOKEN, text);
    }

    /** Whether this may be a header's value: any text without control characters, so that it can never open a new line. */
    public static boolean isText(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (is(CONTROL, text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    static boolean isAlphanumeric(char c) {
        return is(ALPHANUMERIC, c);
    }

    private static boolean allAre(int kind, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!is(kind, text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean is(int kind, char c) {
        return c < KINDS.length && (KINDS[c] & kind) != 0;
    }
}
