package im.deferred.message;

/** What a Content-Type says, parameters aside (RFC 3261 §25.1: types are compared without regard to case). */
final class MediaType {

    private MediaType() {}

    /** Whether a Content-Type, or null for none, is of that type and subtype. */
    static boolean is(String contentType, String type) {
        return contentType != null && of(contentType).equalsIgnoreCase(type);
    }

    /** The type and subtype of a Content-Type, or of none (RFC 2045 §5.2). */
    static String of(String contentType) {
        return contentType == null ? "text/plain" : contentType.split(";", 2)[0].strip();
    }
}
