package im.deferred.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Base64;
import java.util.function.UnaryOperator;

/**
 * Where a server listens, and what it tells over HTTP.
 *
 * @param sip UDP and TCP
 * @param core where it expects the core
 * @param operatorPassword of the user {@code operator} of HTTP
 */
record DeployedServer(
        InetSocketAddress sip,
        InetSocketAddress http,
        InetSocketAddress msrp,
        InetSocketAddress core,
        String operatorPassword) {

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(LIMIT).build();

    /** The server that runs with the configuration in the system properties: the one that was deployed for this test class. */
    static DeployedServer current() {
        return at(key -> System.getProperty("deferred-im." + key));
    }

    /** The server that runs with that configuration. */
    static DeployedServer at(Configured configured) {
        return at(configured::value);
    }

    private static DeployedServer at(UnaryOperator<String> value) {
        String core = value.apply("core.uri");
        return new DeployedServer(
                loopback(value.apply("sip.port")),
                loopback(value.apply("http.port")),
                loopback(value.apply("msrp.port")),
                loopback(core.substring(core.lastIndexOf(':') + 1, core.indexOf(';'))),
                value.apply("http.operator-password"));
    }

    /** The same with another password of the operator's. */
    DeployedServer withPassword(String password) {
        return new DeployedServer(sip, http, msrp, core, password);
    }

    private static InetSocketAddress loopback(String port) {
        return new InetSocketAddress("127.0.0.1", Integer.parseInt(port));
    }

    /** Whether it says so. */
    boolean isReady() {
        try {
            return sendAs(null, "GET", "/health/ready", null).statusCode() == 200;
        } catch (UncheckedIOException e) {
            return false; // nobody listens yet, or what listens waits for the application
        }
    }

    /** What a GET of this path below {@code /deferred-im} gives the operator. */
    HttpResponse<String> get(String path) {
        return send("GET", path, null);
    }

    /**
     * What a request for this path below {@code /deferred-im} gives the operator.
     *
     * @param json the content, or null for none
     * @param headers names and values
     */
    HttpResponse<String> send(String method, String path, String json, String... headers) {
        return sendAs(basic("operator", operatorPassword), method, path, json, headers);
    }

    /** The credentials of a user (RFC 7617). */
    static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
    }

    /**
     * What a request for this path below {@code /deferred-im} gives whoever has these credentials.
     *
     * @param authorization the header's value, or null for none
     * @param json the content, or null for none
     * @param headers names and values
     */
    HttpResponse<String> sendAs(String authorization, String method, String path, String json, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + http.getPort() + "/deferred-im" + path))
                .timeout(LIMIT)
                .method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
        if (json != null) {
            request.header("Content-Type", "application/json");
        }
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return CLIENT.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** How many messages wait in it, for whomever. */
    long waiting() {
        return figure("deferred_im_messages_waiting");
    }

    /** The value of a metric. */
    long figure(String name) {
        return get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length())))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no metric " + name));
    }
}
