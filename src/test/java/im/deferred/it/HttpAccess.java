package im.deferred.it;

import static im.deferred.it.Configured.VIEWER_PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who may do what over HTTP, the same in every container: nothing without a role but to ask the probes, with {@code viewer} to read, with
 * {@code operator} everything.
 */
interface HttpAccess {

    List<String> READING = List.of("GET", "HEAD");

    /** None of them is one that the container keeps from the application for another reason than who asks. */
    List<String> CHANGING = List.of("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "SEARCH");

    /** Some containers take them for others. */
    List<String> MISSPELLED = List.of("get", "Head", "post");

    List<String> PROBES = List.of("/health/live", "/health/ready");

    /** The server that is asked. */
    DeployedServer server();

    /** What the WAR maps a servlet to, what the document of the REST interface names, and what is none of these. */
    static Stream<String> paths() {
        List<String> paths = new ArrayList<>(List.of("/nothing", "/index.html", "/api", "/api/v2/messages", "/health"));
        paths.addAll(List.of("/health/other", "/health/live/", "/health/ready/x", "/Health/Live", "/METRICS"));
        for (String pattern : texts(descriptor("web.xml"), "servlet-mapping", "url-pattern")) {
            paths.add(pattern.replace("/*", "/"));
            paths.add(pattern.replace("/*", ""));
        }
        operations().forEach(operation -> paths.add(operation.split(" ")[1]));
        return paths.stream().filter(path -> !path.isEmpty()).distinct();
    }

    /** Other spellings of what is guarded, some of which are none. */
    static Stream<String> spellings() {
        return Stream.of(
                "/WEB-INF/web.xml",
                "/META-INF/MANIFEST.MF",
                "//",
                "/;x=y",
                "/.",
                "//metrics",
                "/metrics/",
                "/metrics;x=y",
                "/metrics;/health/live",
                "/%6detrics",
                "/%6Detrics",
                "/./metrics",
                "/%2e/metrics",
                "/health/../metrics",
                "/health/%2e%2e/metrics",
                "/health/live/../../metrics",
                "/health/live/%2E%2E/%2E%2E/metrics",
                "/health/live/..;/..;/metrics",
                "/health/live;x=y/../../metrics",
                "/health/live%2f..%2f..%2fmetrics",
                "/health/live%5c..%5c..%5cmetrics",
                "/health/live%00",
                "/health/live%20",
                "/health/live.",
                "/health/live;/../../metrics",
                "/health//live/../../metrics",
                "/api/v1//messages",
                "/api//v1/messages",
                "/api/v1/./messages",
                "/api/v1;x=y/messages",
                "/api;x=y/v1/messages",
                "/api/v1/messages;x=y",
                "/api/v1/%6dessages",
                "/%61pi/v1/messages",
                "/health/..//api/v1/messages",
                "/metrics?x=/health/live",
                "/health/live/?x",
                "/../deferred-im/metrics",
                "/health/%c0%ae%c0%ae/metrics");
    }

    /** A container may take the names of SIP servlets for paths. */
    static Stream<String> namesOfSipServlets() {
        return texts(descriptor("sip.xml"), "servlet", "servlet-name").stream().map(name -> "/" + name);
    }

    /** Each operation of the REST interface, such as {@code GET /api/v1/messages/1}. */
    static Stream<String> operations() {
        JsonNode document = new JsonMapper().readTree(packed("WEB-INF/classes/im/deferred/console/api/openapi.json"));
        return document.get("paths").properties().stream()
                .flatMap(path -> path.getValue().properties().stream()
                        .filter(member -> member.getValue().has("operationId"))
                        .map(member -> member.getKey().toUpperCase(Locale.ROOT) + " /api/v1"
                                + path.getKey().replace("{id}", "1").replace("{aor}", "sip:absent@example.test")));
    }

    @ParameterizedTest
    @MethodSource("paths")
    default void nobodyDoesAnythingWithoutARole(String path) {
        for (String method :
                Stream.of(READING, CHANGING, MISSPELLED).flatMap(List::stream).toList()) {
            if (PROBES.contains(path) && READING.contains(method)) {
                continue;
            }
            assertAsksWho(method, path);
        }
    }

    private void assertAsksWho(String method, String path) {
        HttpResponse<String> refused = server().sendAs(null, method, path, null);

        assertThat(refused.statusCode()).as(method).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate").orElseThrow())
                .as(method)
                .startsWith("Basic realm=\"deferred-im\"");
        assertShowsNothing(refused);
    }

    @ParameterizedTest
    @MethodSource("namesOfSipServlets")
    default void nothingIsThereByHttpWhereAContainerHasItsSipServlets(String path) {
        HttpResponse<String> answer = server().sendAs(null, "GET", path, null);
        if (answer.statusCode() == 200) {
            assertThat(answer.body()).isEmpty();
        } else {
            assertThat(answer.statusCode()).isEqualTo(404);
            assertShowsNothing(answer);
        }
        for (String method : CHANGING) {
            assertAsksWho(method, path);
        }
        for (String below : List.of("/", "/x", "/../metrics")) {
            assertAsksWho("GET", path + below);
        }
    }

    /** Else a container would refuse what the core sends. */
    @Test
    default void theDescriptorKnowsAllNamesOfSipServlets() {
        List<String> patterns = texts(descriptor("web.xml"), "web-resource-collection", "url-pattern");

        assertThat(patterns).containsAll(namesOfSipServlets().toList());
    }

    @ParameterizedTest
    @MethodSource("spellings")
    default void noSpellingLeadsPastTheRoles(String path) {
        for (String method : List.of("GET", "POST", "get")) {
            HttpResponse<String> refused = server().sendAs(null, method, path, null);

            if (refused.statusCode() == 200) {
                assertThat(refused.body().strip()).as(method).isEqualTo("ok");
            } else {
                assertThat(refused.statusCode()).as(method).isBetween(400, 500);
                assertShowsNothing(refused);
            }
        }
        // Open Liberty fails at the first request for what is before a semicolon, when it has seen more behind that.
        server().sendAs(null, "GET", path.split(";")[0], null);
    }

    /** A container may say where the console is. */
    @Test
    default void theContextPathShowsNothing() {
        HttpResponse<String> answer = server().sendAs(null, "GET", "", null);

        assertThat(answer.statusCode()).isIn(302, 401);
        assertShowsNothing(answer);
    }

    /** Nothing that the application says, to however small a part. */
    private static void assertShowsNothing(HttpResponse<String> refused) {
        assertThat(refused.body())
                .doesNotContain(
                        "deferred_im_", "jvm_", "Messages waiting", "\"messages\"", "openapi", "problem", "ok\n");
    }

    /** Containers answer it before they look who asks. */
    @ParameterizedTest
    @ValueSource(strings = {"/", "/metrics", "/api/v1/messages", "/health/live"})
    default void nothingComesBackByTrace(String path) {
        HttpResponse<String> refused = server().sendAs(null, "TRACE", path, null, "X-Told", "in confidence");

        assertThat(refused.statusCode()).isIn(401, 403, 405, 501);
        assertThat(refused.body()).doesNotContain("in confidence");
    }

    @Test
    default void probesNeedNoRoleAndTellNothingElse() {
        for (String path : PROBES) {
            HttpResponse<String> answer = server().sendAs(null, "GET", path, null);
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            assertThat(answer.body().strip()).as(path).isEqualTo("ok");
            assertThat(server().sendAs(null, "HEAD", path, null).statusCode())
                    .as(path)
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @MethodSource("paths")
    default void viewersReadAndChangeNothing(String path) {
        for (String method : READING) {
            assertThat(asViewer(method, path)).as(method).isIn(200, 404, 405);
        }
        for (String method : CHANGING) {
            assertThat(asViewer(method, path)).as(method).isEqualTo(403);
        }
    }

    private int asViewer(String method, String path) {
        return server().sendAs(DeployedServer.basic("viewer", VIEWER_PASSWORD), method, path, null)
                .statusCode();
    }

    @Test
    default void viewersReadWhatThereIs() {
        for (String path : List.of("/", "/metrics", "/api/v1/openapi.json", "/api/v1/messages")) {
            assertThat(asViewer("GET", path)).as(path).isEqualTo(200);
        }
    }

    /** What comes of it is the application's to say: it is asked. */
    @ParameterizedTest
    @MethodSource("operations")
    default void operatorsReachEveryOperation(String operation) {
        String[] words = operation.split(" ");

        assertThat(server().send(words[0], words[1], null).statusCode())
                .isIn(200, 204, 400, 404, 415)
                .isNotEqualTo(server().sendAs(null, words[0], words[1], null).statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"operator", "viewer"})
    default void aWrongPasswordIsAsGoodAsNone(String user) {
        String right = user.equals("operator") ? server().operatorPassword() : VIEWER_PASSWORD;
        String other = user.equals("operator") ? VIEWER_PASSWORD : server().operatorPassword();
        for (String wrong : List.of("", other, right + "x", right.substring(1))) {
            assertThat(status(DeployedServer.basic(user, wrong))).as(wrong).isEqualTo(401);
            // And so that it is never the fifth in a row:
            assertThat(status(DeployedServer.basic(user, right))).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Basic",
                "Basic ",
                "Basic !!!!",
                "Basic Og==",
                "Basic b3BlcmF0b3I=",
                "Basic b3BlcmF0b3I6",
                "Bearer b3BlcmF0b3I6",
                "Digest username=\"operator\"",
                "operator"
            })
    default void whatAreNoCredentialsAreNone(String authorization) {
        assertThat(status(authorization)).isEqualTo(401);
        assertThat(server().get("/metrics").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "admin", "OPERATOR", "operator ", "viewer\n", "*", "${deferred-im.http.host}"})
    default void thereAreNoOtherUsers(String user) {
        assertThat(status(DeployedServer.basic(user, server().operatorPassword())))
                .isEqualTo(401);
    }

    private int status(String authorization) {
        return server().sendAs(authorization, "GET", "/metrics", null).statusCode();
    }

    private static List<String> texts(Document descriptor, String parent, String child) {
        NodeList all = descriptor.getElementsByTagName(child);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < all.getLength(); i++) {
            if (all.item(i).getParentNode().getNodeName().equals(parent)) {
                texts.add(all.item(i).getTextContent().strip());
            }
        }
        assertThat(texts).isNotEmpty();
        return texts;
    }

    private static Document descriptor(String name) {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(packed("WEB-INF/" + name)));
        } catch (ParserConfigurationException | SAXException e) {
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] packed(String name) {
        try (ZipFile war = new ZipFile(PackagedWar.FILE.toFile())) {
            ZipEntry entry = war.getEntry(name);
            try (InputStream in = war.getInputStream(entry)) {
                return in.readAllBytes();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
