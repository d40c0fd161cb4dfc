package im.deferred.console.api;

import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What a request is answered with.
 *
 * @param contentType of the content, or null if there is none
 * @param content nobody changes it any more
 */
record Answer(int status, Map<String, String> headers, String contentType, byte[] content) {

    private static final JsonFactory JSON = new JsonFactory();

    Answer {
        headers = Map.copyOf(headers);
    }

    /** 204: it is done, and there is nothing to say. */
    static Answer nothing() {
        return new Answer(204, Map.of(), null, new byte[0]);
    }

    /** A JSON object, whose members are written by what is given. */
    static Answer json(int status, Consumer<JsonGenerator> members) {
        return json(status, "application/json", Map.of(), members);
    }

    /** The same, as a more special type, with other headers. */
    static Answer json(int status, String contentType, Map<String, String> headers, Consumer<JsonGenerator> members) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), content)) {
            json.writeStartObject();
            members.accept(json);
            json.writeEndObject();
        }
        return new Answer(status, headers, contentType, content.toByteArray());
    }
}
