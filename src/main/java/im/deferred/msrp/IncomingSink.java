package im.deferred.msrp;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;

/**
 * Takes one incoming message. Every method is called on the event loop of the session's connection and must not block; exactly one of
 * {@link #complete} and {@link #abort} ends the message.
 */
public interface IncomingSink {
    /**
     * Some of the content. Pieces may come out of order and may overlap (RFC 4975 §7.3.1): what comes last counts. The next piece comes
     * only when the returned stage is complete, and until then nothing more is read from the connection.
     *
     * @param offset position of the first octet in the message, counted from 0
     * @param bytes read-only; valid until the returned stage is complete
     * @return completes on any thread; a failure refuses the message ({@link MsrpRefusal} says how, anything else is a 413)
     */
    CompletionStage<Void> write(long offset, ByteBuffer bytes);

    /**
     * The message is whole. The last chunk is answered 200 when the returned stage completes; meanwhile further messages may come.
     *
     * @param length octets of the message
     * @return completes on any thread; a failure refuses the message ({@link MsrpRefusal} says how, anything else is a 413)
     */
    CompletionStage<Void> complete(long length);

    /**
     * The message will not become whole: nothing of it counts.
     *
     * @param reason for the log
     */
    void abort(String reason);
}
