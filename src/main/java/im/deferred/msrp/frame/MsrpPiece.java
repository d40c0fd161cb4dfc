package im.deferred.msrp.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.DefaultByteBufHolder;

/** Some of the content of the frame whose head came last; reference counted like its buffer. */
public final class MsrpPiece extends DefaultByteBufHolder implements MsrpFrame {
    public MsrpPiece(ByteBuf content) {
        super(content);
    }

    @Override
    public MsrpPiece replace(ByteBuf content) {
        return new MsrpPiece(content);
    }
}
