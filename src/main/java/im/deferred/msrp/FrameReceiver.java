package im.deferred.msrp;

import im.deferred.msrp.frame.Continuation;
import io.netty.buffer.ByteBuf;

/** Takes what follows the head of one incoming request. Called on the event loop of its connection. */
interface FrameReceiver {
    /** Some of the content; the receiver releases it. */
    void piece(ByteBuf content);

    /** The end-line. */
    void end(Continuation continuation);

    /** The connection is over, and the end-line will not come. */
    default void lost() {}
}
