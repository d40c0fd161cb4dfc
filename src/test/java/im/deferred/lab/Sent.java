package im.deferred.lab;

/**
 * A request that a user sent, and what became of it.
 *
 * @param request the request as the user made it
 * @param response the final response; a 408 or 503 made by the client where none came
 */
public record Sent(SipMessage request, SipMessage response) {

    /** The status of the response. */
    public int status() {
        return response.status();
    }
}
