package im.deferred.console.api;

import im.deferred.console.api.Problem.Kind;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.servlet.http.HttpServletRequest;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;

/** Reads requests that are one flat JSON object, member by member as they come, and nothing else. */
final class JsonReader {

    /** Takes the value of a member. */
    @FunctionalInterface
    interface Member {

        void read(JsonValue value) throws IOException;
    }

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(2)
                    .maxTokenCount(64)
                    .maxNameLength(64)
                    .maxNumberLength(20)
                    // A text is read in pieces, and bounded by whoever takes it.
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private final long maxOctets;
    private final Problem tooLarge;

    /**
     * @param maxOctets the longest request
     * @param maxBody what is told to the sender of a longer one, in octets
     */
    JsonReader(long maxOctets, long maxBody) {
        this.maxOctets = maxOctets;
        this.tooLarge = Problem.tooLarge(maxBody);
    }

    /**
     * Reads a request.
     *
     * @param members what to do with the value of each member there may be
     * @throws Problem 400, 413, 415 or 422 if it cannot be read, or if what is done with a value throws it
     * @throws IOException if the client is gone
     */
    void read(HttpServletRequest request, Map<String, Member> members) throws IOException {
        requireJson(request);
        if (request.getContentLength() > maxOctets) {
            throw tooLarge;
        }
        RequestBody body = new RequestBody(request.getInputStream(), maxOctets, tooLarge);
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), body)) {
            read(parser, members);
        } catch (JacksonIOException e) {
            throw e.getCause();
        } catch (JacksonException e) {
            // What the parser says may quote the request.
            String where = e.getLocation() == null
                    ? ""
                    : ", near octet " + e.getLocation().getByteOffset();
            throw new Problem(Kind.MALFORMED, "no JSON, or none of the size and depth that is read" + where);
        } finally {
            body.drain();
        }
    }

    private static void requireJson(HttpServletRequest request) {
        String type = String.valueOf(request.getContentType()).split(";", 2)[0].strip();
        if (!type.equalsIgnoreCase("application/json") || request.getHeader("Content-Encoding") != null) {
            throw new Problem(Kind.NOT_JSON, "Content-Type is application/json, and there is no Content-Encoding");
        }
    }

    private static void read(JsonParser parser, Map<String, Member> members) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new Problem(Kind.MALFORMED, "the request is a JSON object");
        }
        Set<String> seen = new HashSet<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            Member member = members.get(name);
            if (member == null) {
                throw new Problem(Kind.INVALID, "a member is not one of " + new TreeSet<>(members.keySet()));
            }
            if (!seen.add(name)) {
                throw Problem.invalid(name, "is there twice");
            }
            parser.nextToken();
            member.read(new JsonValue(name, parser));
        }
        if (parser.nextToken() != null) {
            throw new Problem(Kind.MALFORMED, "something follows the JSON object");
        }
    }
}
