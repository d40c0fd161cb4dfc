package im.deferred.message;

/** What a Content-Type says, parameters aside (RFC 3261 §25.1: types are compared without regard to case). */
final class MediaType {

    private MediaType() {}

    /** Whether a Content-Type, or null for none, is of that type and subtype. */
    static boolean is(String contentType, String type) {
        return contentType != null && contentType.split(";", 2)[0].strip().equalsIgnoreCase(type);
    }
}
