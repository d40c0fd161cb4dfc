package im.deferred.msrp.auth;

import static im.deferred.msrp.auth.DigestParameters.quoted;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The side of Digest that answers (RFC 7616 §3.4; RFC 4976 §9.1). */
public final class DigestClient {

    private static final int CNONCE_OCTETS = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private DigestClient() {}

    /**
     * Answers the challenge with the strongest algorithm.
     *
     * @param challenges the values of the WWW-Authenticate headers; those with qop {@code auth} and an algorithm that is known here count
     * @param uri the URI that stands last in To-Path, as it stands there
     * @return the value of the Authorization header; good for one request
     * @throws IllegalArgumentException if there is no challenge that can be answered
     */
    public static String answer(List<String> challenges, String method, String uri, String user, String password) {
        byte[] cnonce = new byte[CNONCE_OCTETS];
        RANDOM.nextBytes(cnonce);
        return answer(challenges, method, uri, user, password, HexFormat.of().formatHex(cnonce));
    }

    static String answer(
            List<String> challenges, String method, String uri, String user, String password, String cnonce) {
        return challenges.stream()
                .flatMap(DigestClient::challenge)
                .min(Comparator.comparing(Challenge::algorithm))
                .orElseThrow(() -> new IllegalArgumentException("no challenge that can be answered"))
                .answer(method, uri, user, password, cnonce);
    }

    /** None, if it is not understood. */
    private static Stream<Challenge> challenge(String header) {
        try {
            DigestParameters parameters = DigestParameters.parse(header);
            String algorithm = Optional.ofNullable(parameters.get("algorithm")).orElse("MD5");
            boolean auth = Arrays.asList(parameters.required("qop").split("[ \t]*,[ \t]*"))
                    .contains("auth");
            return DigestAlgorithm.named(algorithm)
                    .filter(known -> auth)
                    .map(known -> new Challenge(
                            known,
                            parameters.required("realm"),
                            parameters.required("nonce"),
                            parameters.get("opaque")))
                    .stream();
        } catch (IllegalArgumentException e) {
            return Stream.empty();
        }
    }

    private record Challenge(DigestAlgorithm algorithm, String realm, String nonce, String opaque) {

        /** A nonce count of one is right always, as no nonce is used twice here. */
        String answer(String method, String uri, String user, String password, String cnonce) {
            String count = "00000001";
            String ha1 = algorithm.ha1(user, realm, password);
            return "Digest username=%s, realm=%s, uri=%s, algorithm=%s, nonce=%s, nc=%s, cnonce=%s, qop=auth, response=\"%s\"%s"
                    .formatted(
                            quoted(user),
                            quoted(realm),
                            quoted(uri),
                            algorithm.token(),
                            quoted(nonce),
                            count,
                            quoted(cnonce),
                            algorithm.response(ha1, nonce, count, cnonce, method, uri),
                            opaque == null ? "" : ", opaque=" + quoted(opaque));
        }
    }
}
