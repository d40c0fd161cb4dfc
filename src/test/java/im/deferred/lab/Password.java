package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A user's password, as it is shown to a core that asks for it by digest with MD5 and without qop (RFC 2617). */
final class Password {

    private final String user;
    private final String password;
    private volatile String realm;
    private volatile String nonce;

    Password(String user, String password) {
        this.user = user;
        this.password = password;
    }

    /** Whether the response asks for it; the next requests are then signed as it says. */
    boolean isAskedBy(SipMessage response) {
        Optional<String> challenge = switch (response.status()) {
            case 401 -> response.header("WWW-Authenticate");
            case 407 -> response.header("Proxy-Authenticate");
            default -> Optional.empty();
        };
        challenge.ifPresent(value -> {
            realm = parameter(value, "realm");
            nonce = parameter(value, "nonce");
        });
        return challenge.isPresent();
    }

    /** The request, signed if anybody has asked for it. */
    SipMessage sign(SipMessage request) {
        if (nonce == null || request.method().equals("ACK") || request.method().equals("CANCEL")) {
            return request;
        }
        String uri = request.requestUri();
        String ha1 = md5(user + ":" + realm + ":" + password);
        String response = md5(ha1 + ":" + nonce + ":" + md5(request.method() + ":" + uri));
        String name = request.method().equals("REGISTER") ? "Authorization" : "Proxy-Authorization";
        return request.with(
                name,
                "Digest username=\"%s\",realm=\"%s\",nonce=\"%s\",uri=\"%s\",response=\"%s\",algorithm=MD5"
                        .formatted(user, realm, nonce, uri, response));
    }

    private static String parameter(String challenge, String name) {
        Matcher matcher = Pattern.compile(name + "=\"([^\"]*)\"").matcher(challenge);
        if (!matcher.find()) {
            throw new IllegalArgumentException("a challenge without " + name);
        }
        return matcher.group(1);
    }

    private static String md5(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
