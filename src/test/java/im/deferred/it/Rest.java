package im.deferred.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.http.HttpResponse;
import java.util.Base64;

/**
 * The REST interface of a deployed server.
 *
 * @param server where it is
 */
record Rest(DeployedServer server) {

    private static final String API = "/api/v1/";

    /** Hands a text in. */
    HttpResponse<String> submit(String sender, String recipient, String text, String... headers) {
        return submit(sender, recipient, "text/plain;charset=UTF-8", text.getBytes(UTF_8), headers);
    }

    /** Hands octets in. */
    HttpResponse<String> submit(String sender, String recipient, String contentType, byte[] body, String... headers) {
        return post(
                """
                {"sender":"%s","recipient":"%s","contentType":"%s","bodyBase64":"%s"}
                """.formatted(
                        sender, recipient, contentType, Base64.getEncoder().encodeToString(body)),
                headers);
    }

    /** Hands a message in, as it is written. */
    HttpResponse<String> post(String json, String... headers) {
        return server.send("POST", API + "messages", json, headers);
    }

    /** The id of a message that was accepted. */
    static long id(HttpResponse<String> accepted) {
        String location = accepted.headers()
                .firstValue("Location")
                .orElseThrow(() -> new AssertionError(accepted.statusCode() + " " + accepted.body()));
        return Long.parseLong(location.substring(location.lastIndexOf('/') + 1));
    }

    HttpResponse<String> get(String path) {
        return server.send("GET", API + path, null);
    }

    /** Anything else; the content may be null. */
    HttpResponse<String> send(String method, String path, String json) {
        return server.send(method, API + path, json);
    }
}
