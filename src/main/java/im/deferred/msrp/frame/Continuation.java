package im.deferred.msrp.frame;

/** The flag at the end of an end-line (RFC 4975 §7.1); as a frame part it is the end of the frame. */
public enum Continuation implements MsrpFrame {
    /** The last octet of the message was in this chunk. */
    COMPLETE('$'),
    /** More chunks of the message follow. */
    MORE('+'),
    /** The sender gave the message up: nothing of it counts. */
    ABORTED('#');

    private final char flag;
    private final String text;

    Continuation(char flag) {
        this.flag = flag;
        this.text = String.valueOf(flag);
    }

    /** The character on the wire. */
    public char flag() {
        return flag;
    }

    String text() {
        return text;
    }

    /** The continuation of that flag, or null when it is none of the three. */
    public static Continuation of(int flag) {
        return switch (flag) {
            case '$' -> COMPLETE;
            case '+' -> MORE;
            case '#' -> ABORTED;
            default -> null;
        };
    }
}
