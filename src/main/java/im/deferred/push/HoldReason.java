package im.deferred.push;

/** Why a message is held, for an operator to read: one line, whatever a client put into it. */
final class HoldReason {

    private static final int LONGEST = 500;

    private HoldReason() {}

    static String of(String why) {
        String line = why.replaceAll("[^ -~]", "?").replaceAll(" +", " ");
        return line.length() > LONGEST ? line.substring(0, LONGEST) + "..." : line;
    }
}
