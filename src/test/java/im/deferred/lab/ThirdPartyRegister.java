package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/**
 * How the core tells the AS of a registration (3GPP TS 24.229 §5.4.1.7). A value; every method that changes gives a new one.
 *
 * @param withBody whether the REGISTER carries service information and copies of the client's REGISTER and its 200
 * @param expires the value of Expires, or -1 for what the client got
 */
public record ThirdPartyRegister(boolean withBody, int expires) {

    private static final String SERVICE_INFO = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
            + "<ims-3gpp version=\"1\"><service-info>deferred-im</service-info></ims-3gpp>";

    /** With the body, and with the expiry that the client got. */
    public static ThirdPartyRegister standard() {
        return new ThirdPartyRegister(true, -1);
    }

    /** Without any body, as plain registrars send it. */
    public ThirdPartyRegister withoutBody() {
        return new ThirdPartyRegister(false, expires);
    }

    /** With this value of Expires, in seconds, whatever the client got. */
    public ThirdPartyRegister expires(int seconds) {
        return new ThirdPartyRegister(withBody, seconds);
    }

    /** The request for the AoR; {@code granted} is the client's expiry in seconds, 0 when it has gone. */
    SipMessage request(String asUri, String coreUri, String aor, int granted, SipMessage register, SipMessage ok) {
        SipMessage request = SipMessage.request("REGISTER", asUri)
                .add("Max-Forwards", "70")
                .add("From", "<" + coreUri + ">;tag=" + Tokens.fresh(8))
                .add("To", "<" + aor + ">")
                .add("Call-ID", Tokens.fresh(20))
                .add("CSeq", "1 REGISTER")
                .add("Contact", "<" + coreUri + ">")
                .add("Expires", Integer.toString(granted > 0 && expires >= 0 ? expires : granted))
                .add("P-Charging-Vector", "icid-value=\"" + Tokens.fresh(16) + "\"");
        return withBody && register != null ? withCopies(request, register, ok) : request;
    }

    private static SipMessage withCopies(SipMessage request, SipMessage register, SipMessage ok) {
        String boundary = "part-" + Tokens.fresh(16);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        part(body, boundary, "application/3gpp-ims+xml", SERVICE_INFO.getBytes(UTF_8));
        part(body, boundary, "message/sip", register.toBytes());
        part(body, boundary, "message/sip", ok.toBytes());
        body.writeBytes(("--" + boundary + "--\r\n").getBytes(UTF_8));
        return request.withBody("multipart/mixed;boundary=\"" + boundary + "\"", body.toByteArray());
    }

    private static void part(ByteArrayOutputStream body, String boundary, String type, byte[] content) {
        body.writeBytes(("--" + boundary + "\r\nContent-Type: " + type + "\r\n\r\n").getBytes(UTF_8));
        body.writeBytes(content);
        body.writeBytes("\r\n".getBytes(UTF_8));
    }
}
