package im.deferred.lab;

import java.util.Arrays;
import java.util.Optional;

/** The 13 steps of the seed, as they show on the wire. */
enum Step {
    REGISTERED(1, "user registers (client REGISTER and third-party REGISTER, each with its 200)", "REGISTER"),
    INVITE_TO_CORE(2, "SIP INVITE request (from IM server to SIP/IP core)", "INVITE AS>Core"),
    INVITE_TO_CLIENT(3, "SIP INVITE request (from SIP/IP core to IM client)", "INVITE Core>User"),
    ANSWER_TO_CORE(4, "SIP 200 \"OK\" response (from IM client to SIP/IP core)", "2xx INVITE User>Core"),
    ANSWER_TO_AS(5, "SIP 200 \"OK\" response (from SIP/IP core to IM server)", "2xx INVITE Core>AS"),
    ACK_TO_CORE(6, "SIP ACK request (from IM server to SIP/IP core)", "ACK AS>Core"),
    ACK_TO_CLIENT(7, "SIP ACK request (from SIP/IP core to IM client)", "ACK Core>User"),
    SEND(8, "MSRP SEND request (from IM server to IM client)", "SEND AS>User"),
    SEND_ANSWERED(9, "MSRP 200 \"OK\" response (from IM client to IM server)", "2xx SEND User>AS"),
    BYE_TO_CORE(10, "SIP BYE request (from IM server to SIP/IP core)", "BYE AS>Core"),
    BYE_TO_CLIENT(11, "SIP BYE request (from SIP/IP core to IM client)", "BYE Core>User"),
    BYE_ANSWERED_TO_CORE(12, "SIP 200 \"OK\" response (from IM client to SIP/IP core)", "2xx BYE User>Core"),
    BYE_ANSWERED_TO_AS(13, "SIP 200 \"OK\" response (from SIP/IP core to IM server)", "2xx BYE Core>AS");

    private final int number;
    private final String description;
    private final String sign;

    Step(int number, String description, String sign) {
        this.number = number;
        this.description = description;
        this.sign = sign;
    }

    int number() {
        return number;
    }

    /** The step's title in the seed, with who speaks to whom. */
    String description() {
        return description;
    }

    /** The step that a message is; {@code contentful} says whether an MSRP message belongs to a SEND with content. */
    static Optional<Step> of(Trace.Seen seen, boolean contentful) {
        String what = seen.message() instanceof SipMessage sip ? sipSign(sip) : contentful ? msrpSign(seen) : "";
        if (what.endsWith("REGISTER")) {
            return Optional.of(REGISTERED);
        }
        String sign = what + " " + role(seen.from()) + ">" + role(seen.to());
        return Arrays.stream(values()).filter(step -> step.sign.equals(sign)).findFirst();
    }

    private static String sipSign(SipMessage message) {
        return message.isRequest() ? message.method() : message.isSuccess() ? "2xx " + message.method() : "";
    }

    private static String msrpSign(Trace.Seen seen) {
        MsrpFrame frame = (MsrpFrame) seen.message();
        return frame.method().equals("SEND") ? "SEND" : frame.status() / 100 == 2 ? "2xx SEND" : "";
    }

    private static String role(String name) {
        return name.equals("AS") || name.equals("Core") ? name : "User";
    }
}
