package im.deferred.msrp.frame;

import java.nio.ByteBuffer;

/**
 * Some of the content of the frame that is being written, from the Java heap; it is copied when it is encoded. A buffer of Netty's around
 * each of many small contents would cost more than the copy.
 */
public record HeapPiece(ByteBuffer content) implements MsrpFrame {}
