package im.deferred.msrp.frame;

/** The small words of the grammar (RFC 4975 §9). */
public final class MsrpSyntax {
    private static final String IDENT_MARKS = ".-+%=";
    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private MsrpSyntax() {}

    /** Whether this may be a transaction id or a Message-ID: 4 to 32 of letters, digits and {@code . - + % =}, first a letter or digit. */
    public static boolean isIdent(String text) {
        if (text.length() < 4 || text.length() > 32 || !isAlphanumeric(text.charAt(0))) {
            return false;
        }
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isAlphanumeric(c) && IDENT_MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether this may be a header's name. */
    public static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isAlphanumeric(c) && TOKEN_MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** Whether this may be a header's value: any text without control characters, so that it can never open a new line. */
    public static boolean isText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f) {
                return false;
            }
        }
        return true;
    }

    static boolean isAlphanumeric(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }
}
