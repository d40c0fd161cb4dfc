package im.deferred.console.api;

import im.deferred.core.NotNow;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Why a request is not answered as its sender hoped: problem details (RFC 9457), thrown. */
final class Problem extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The kinds of problems; each has its entry under {@code x-problems} in the API's document. */
    enum Kind {
        MALFORMED(400, "The request is malformed"),
        NOT_TRUSTED(403, "Not an address that may speak for users"),
        FOREIGN_ORIGIN(403, "A page of another site may not do this"),
        NOT_FOUND(404, "There is no such thing here"),
        UNKNOWN_DOMAIN(404, "The user's domain is not served"),
        METHOD_NOT_ALLOWED(405, "It does not know this method"),
        NOT_HELD(409, "The message is not held"),
        OVER_QUOTA(409, "The recipient's quota is used up"),
        TOO_LARGE(413, "The message is too large"),
        URI_TOO_LONG(414, "The URI is too long"),
        NOT_JSON(415, "The request is not JSON"),
        INVALID(422, "A member has a value that it cannot have"),
        KEY_TAKEN(422, "The idempotency key was used for another message"),
        INTERNAL(500, "The server has failed"),
        BUSY(503, "The server cannot do it now");

        private final int status;
        private final String title;

        Kind(int status, String title) {
            this.status = status;
            this.title = title;
        }

        int status() {
            return status;
        }

        /** Its name in the API's document. */
        String documentName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final Kind kind;
    private final String pointer;
    private final Long limit;
    private final transient Map<String, String> headers;

    /** @param detail what is the matter this time; never what a message says */
    Problem(Kind kind, String detail) {
        this(kind, detail, null, null, Map.of());
    }

    private Problem(Kind kind, String detail, String pointer, Long limit, Map<String, String> headers) {
        super(detail);
        this.kind = kind;
        this.pointer = pointer;
        this.limit = limit;
        this.headers = headers;
    }

    /** A member of the request's JSON object has a value that it cannot have. */
    static Problem invalid(String member, String detail) {
        return new Problem(Kind.INVALID, member + ": " + detail, "/" + member, null, Map.of());
    }

    /** @param limit the most octets that are taken */
    static Problem tooLarge(long limit) {
        return new Problem(Kind.TOO_LARGE, "at most " + limit + " octets are taken", null, limit, Map.of());
    }

    /** @param allowed the methods that there are */
    static Problem methodNotAllowed(Set<String> allowed) {
        String list = String.join(", ", allowed);
        return new Problem(Kind.METHOD_NOT_ALLOWED, "there is " + list, null, null, Map.of("Allow", list));
    }

    /** It may go well in a moment. */
    static Problem busy(String detail) {
        return new Problem(Kind.BUSY, detail, null, null, Map.of("Retry-After", Integer.toString(NotNow.RETRY_AFTER)));
    }

    Kind kind() {
        return kind;
    }

    /**
     * The answer that says so.
     *
     * @param api the path of the API, with a slash at its end
     */
    Answer answer(String api) {
        return Answer.json(kind.status, "application/problem+json", headers, json -> {
            json.writeStringProperty("type", api + "openapi.json#/components/x-problems/" + kind.documentName());
            json.writeStringProperty("title", kind.title);
            json.writeNumberProperty("status", kind.status);
            json.writeStringProperty("detail", getMessage());
            if (pointer != null) {
                json.writeStringProperty("pointer", pointer);
            }
            if (limit != null) {
                json.writeNumberProperty("limit", limit);
            }
        });
    }
}
