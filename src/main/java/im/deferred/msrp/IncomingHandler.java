package im.deferred.msrp;

/** Decides about the messages that come in a session. A SEND without content never gets here: the session answers it 200. */
@FunctionalInterface
public interface IncomingHandler {
    /** For a session that only sends: every message is refused with 403 (RFC 4975 §10.3). */
    IncomingHandler REFUSE_ALL = message -> {
        throw new MsrpRefusal(403, "Send only session");
    };

    /**
     * The first chunk of a message is coming. Called on the event loop of the session's connection; must not block.
     *
     * @return what takes its content
     * @throws MsrpRefusal when it is not taken; for example 415 for a Content-Type that is not accepted
     */
    IncomingSink begin(IncomingMessage message) throws MsrpRefusal;
}
