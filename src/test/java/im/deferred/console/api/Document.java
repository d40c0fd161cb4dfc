package im.deferred.console.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The API's document, as tests hold it against what happens. */
final class Document {

    private final JsonNode root;

    Document() {
        try (InputStream document = Api.class.getResourceAsStream("openapi.json")) {
            root = new JsonMapper().readTree(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All operations, such as {@code GET messages/{id}}. */
    Set<String> operations() {
        return root.get("paths").properties().stream()
                .flatMap(path -> path.getValue().properties().stream()
                        .map(member -> member.getKey())
                        .filter(member -> !member.equals("parameters"))
                        .map(method -> method.toUpperCase(Locale.ROOT) + " "
                                + path.getKey().substring(1)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The problems that it describes, with their status, such as {@code 404 not-found}. */
    Set<String> problems() {
        return root.at("/components/x-problems").properties().stream()
                .map(each -> each.getValue().get("status").asInt() + " " + each.getKey())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The answer is one that the document promises: its status, its type, its members. */
    void requireTrue(String method, String path, HttpResponse<String> answer, JsonNode said) {
        int status = answer.statusCode();
        JsonNode operation = operation(method.equals("HEAD") ? "GET" : method, path.split("\\?", 2)[0]);
        if (operation == null) {
            assertThat(status).as("%s %s is not in the document", method, path).isIn(400, 403, 404, 405, 414, 503);
            requireMembers(resolved("/components/schemas/Problem"), said);
            return;
        }
        JsonNode promised = operation.get("responses").get(Integer.toString(status));
        assertThat(promised)
                .as("%s of %s %s in the document", status, method, path)
                .isNotNull();
        JsonNode content = resolve(promised).get("content");
        if (content == null || method.equals("HEAD")) {
            assertThat(answer.body()).isEmpty();
            return;
        }
        String type = answer.headers().firstValue("Content-Type").orElseThrow().split(";")[0];
        assertThat(content.propertyNames()).contains(type);
        requireMembers(resolve(content.get(type).get("schema")), said);
    }

    private JsonNode operation(String method, String path) {
        return root.get("paths").properties().stream()
                .filter(each -> path.matches(each.getKey().substring(1).replaceAll("\\{[a-z]+}", "[^/]+")))
                .flatMap(each -> Stream.ofNullable(each.getValue().get(method.toLowerCase(Locale.ROOT))))
                .findFirst()
                .orElse(null);
    }

    private void requireMembers(JsonNode schema, JsonNode said) {
        if (schema.has("items")) {
            said.forEach(item -> requireMembers(resolve(schema.get("items")), item));
        }
        if (!schema.has("properties")) {
            return;
        }
        JsonNode known = schema.get("properties");
        assertThat(known.propertyNames()).containsAll(said.propertyNames());
        if (schema.has("required")) {
            schema.get("required")
                    .forEach(name -> assertThat(said.has(name.asString()))
                            .as(name.asString())
                            .isTrue());
        }
        said.properties().forEach(member -> requireMembers(resolve(known.get(member.getKey())), member.getValue()));
    }

    private JsonNode resolve(JsonNode node) {
        return node.has("$ref") ? resolved(node.get("$ref").asString().substring(1)) : node;
    }

    private JsonNode resolved(String pointer) {
        return resolve(root.at(pointer));
    }
}
