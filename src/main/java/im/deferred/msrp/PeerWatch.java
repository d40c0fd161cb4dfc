package im.deferred.msrp;

import im.deferred.msrp.frame.MalformedFrame;
import im.deferred.msrp.frame.MsrpDecoder;
import im.deferred.msrp.frame.MsrpHead;
import im.deferred.msrp.frame.MsrpPiece;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.Optional;

/**
 * What the peer of one connection owes it within a time: a first request, the rest of a frame that it began, the reading of what was
 * written to it; and how long a frame may be. It is looked at now and then, on the event loop of the connection.
 */
final class PeerWatch {
    /** What a peer owes for too long. */
    enum Overdue {
        NOTHING,
        FIRST_REQUEST,
        FRAME,
        READING
    }

    /** Octets that still come of a frame when its peer was told that they are not wanted. */
    private static final long MAX_UNWANTED = 4 << 20;

    /** Octets of content that have to come within the frame timeout. */
    private static final int LEAST_PROGRESS = 1024;

    private final Channel channel;
    private final MsrpDecoder decoder;
    private final long firstRequestNanos;
    private final long frameNanos;
    private final long writeNanos;
    private final long mostOctets;
    private final long openedAt;

    /** Octets of content that came of the frame, and that may come. */
    private long frameOctets;

    private long frameEnd;
    private boolean answered;

    /** Octets of content, and for each other part of a frame as many as have to come at least. */
    private long progress;

    private long progressSeen;
    private long progressSeenAt;

    private Object writing;
    private long writingProgress;
    private long writingSeenAt;

    PeerWatch(MsrpLimits limits, Channel channel, MsrpDecoder decoder, long now) {
        this.channel = channel;
        this.decoder = decoder;
        this.firstRequestNanos = limits.firstRequestTimeout().toNanos();
        this.frameNanos = limits.frameTimeout().toNanos();
        this.writeNanos = limits.writeTimeout().toNanos();
        this.mostOctets = limits.maxChunkLength();
        this.openedAt = now;
    }

    /** A part of a frame came; false when that frame goes on for too long. */
    boolean allows(Object part) {
        if (part instanceof MsrpPiece piece) {
            int octets = piece.content().readableBytes();
            progress += octets;
            frameOctets += octets;
            return frameOctets <= frameEnd;
        }
        progress += LEAST_PROGRESS;
        if (part instanceof MsrpHead) {
            frameOctets = 0;
            frameEnd = mostOctets + MAX_UNWANTED;
            answered = false;
        }
        return true;
    }

    /** The frame that is coming was answered before its end. */
    void answeredEarly() {
        answered = true;
        frameEnd = frameOctets + MAX_UNWANTED;
    }

    /** What is known of the frame that is coming, if it was not answered before its end. */
    Optional<MalformedFrame> unansweredFrame() {
        return answered ? Optional.empty() : decoder.unfinished("unfinished");
    }

    /**
     * @param now nanoseconds, from the origin that the constructor was given
     * @param used whether a request has found somebody to take it
     */
    Overdue overdue(long now, boolean used) {
        boolean reading = channel.config().isAutoRead();
        boolean midFrame = reading && decoder.isMidFrame();
        if (!midFrame || progress - progressSeen >= LEAST_PROGRESS) {
            progressSeen = progress;
            progressSeenAt = now;
        }
        if (isStillWriting()) {
            return now - writingSeenAt >= writeNanos ? Overdue.READING : Overdue.NOTHING;
        }
        writingSeenAt = now;
        if (reading && !used && now - openedAt >= firstRequestNanos) {
            return Overdue.FIRST_REQUEST;
        }
        return midFrame && now - progressSeenAt >= frameNanos ? Overdue.FRAME : Overdue.NOTHING;
    }

    /** Whether the operating system has taken nothing since this was asked last, although there was something to take. */
    private boolean isStillWriting() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        Object first = buffer == null ? null : buffer.current();
        long taken = first == null ? 0 : buffer.currentProgress();
        boolean still = first != null && first == writing && taken == writingProgress;
        writing = first;
        writingProgress = taken;
        return still;
    }
}
