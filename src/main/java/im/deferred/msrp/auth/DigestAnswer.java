package im.deferred.msrp.auth;

import static im.deferred.msrp.auth.DigestParameters.require;

/**
 * What a client answered to a challenge.
 *
 * @param count the nonce count, eight hexadecimal digits as the client wrote them
 */
record DigestAnswer(
        String user, DigestAlgorithm algorithm, String nonce, String count, String cnonce, String response) {

    /**
     * Reads the value of an Authorization header. Clients in the field leave out {@code uri} and {@code algorithm}, and quote what need
     * not be quoted.
     *
     * @throws IllegalArgumentException with the reason when it is malformed, or for another realm or URI
     */
    static DigestAnswer read(String authorization, String realm, String uri) {
        DigestParameters parameters = DigestParameters.parse(authorization);
        require(parameters.required("realm").equals(realm), "another realm");
        require(parameters.get("uri") == null || parameters.get("uri").equals(uri), "another uri");
        require(parameters.required("qop").equals("auth"), "a qop that was not offered");
        require(!"true".equalsIgnoreCase(parameters.get("userhash")), "a userhash, which was not offered");
        String algorithm = parameters.get("algorithm");
        DigestAnswer answer = new DigestAnswer(
                parameters.required("username"),
                // RFC 7616 §3.3: MD5 is meant where none is named.
                algorithm == null
                        ? DigestAlgorithm.MD5
                        : DigestAlgorithm.named(algorithm)
                                .orElseThrow(() -> new IllegalArgumentException("an algorithm that was not offered")),
                parameters.required("nonce"),
                parameters.required("nc"),
                parameters.required("cnonce"),
                parameters.required("response"));
        require(answer.count.matches("[0-9a-fA-F]{8}"), "a nonce count that is not eight hexadecimal digits");
        return answer;
    }

    long number() {
        return Long.parseLong(count, 16);
    }

    String expectedResponse(String ha1, String method, String uri) {
        return algorithm.response(ha1, nonce, count, cnonce, method, uri);
    }

    /** The value of Authentication-Info, by which the server proves that it knows the user as well (RFC 7616 §3.5). */
    String authenticationInfo(String ha1, String uri) {
        return "qop=auth, rspauth=\"%s\", cnonce=%s, nc=%s"
                .formatted(expectedResponse(ha1, "", uri), DigestParameters.quoted(cnonce), count);
    }
}
