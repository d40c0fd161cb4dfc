package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.PeerWatch.Overdue;
import im.deferred.msrp.frame.MsrpDecoder;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is overdue when, by the defaults: 10 s for the first request, 60 s for the rest of a frame, 60 s for what was written. */
class PeerWatchTest {
    private static final String HEAD = """
            MSRP tid00001 SEND\r
            To-Path: msrp://b.example.test:2855/b0b;tcp\r
            From-Path: msrp://a.example.test:2855/a1ice;tcp\r
            Content-Type: text/plain\r
            \r
            """;

    private final MsrpDecoder decoder = new MsrpDecoder();
    private final EmbeddedChannel channel = new EmbeddedChannel(decoder);
    private final PeerWatch watch = new PeerWatch(MsrpLimits.DEFAULTS, channel, decoder, 0);

    @AfterEach
    void release() {
        channel.finishAndReleaseAll();
    }

    /** Whether the watch allows all of it. */
    private boolean comes(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
        boolean allowed = true;
        for (Object part = channel.readInbound(); part != null; part = channel.readInbound()) {
            allowed &= watch.allows(part);
            ReferenceCountUtil.release(part);
        }
        return allowed;
    }

    private Overdue at(int seconds) {
        return watch.overdue(Duration.ofSeconds(seconds).toNanos(), true);
    }

    @Test
    void theFirstRequestIsOverdueUntilTheConnectionIsUsed() {
        long due = Duration.ofSeconds(10).toNanos();
        assertThat(watch.overdue(due - 1, false)).isEqualTo(Overdue.NOTHING);
        assertThat(watch.overdue(due, true)).isEqualTo(Overdue.NOTHING);
        assertThat(watch.overdue(due, false)).isEqualTo(Overdue.FIRST_REQUEST);
    }

    @Test
    void betweenFramesNothingIsOverdue() {
        comes(HEAD + "x\r\n-------tid00001$\r\n\r\n");
        assertThat(at(1)).isEqualTo(Overdue.NOTHING);
        assertThat(at(3600)).isEqualTo(Overdue.NOTHING);
    }

    @Test
    void aHeadHasToComeAsAWhole() {
        assertThat(at(1)).isEqualTo(Overdue.NOTHING);
        comes("M");
        assertThat(at(2)).isEqualTo(Overdue.NOTHING);
        comes(HEAD.substring(1, 80));
        assertThat(at(60)).isEqualTo(Overdue.NOTHING);
        assertThat(at(61)).isEqualTo(Overdue.FRAME);
        assertThat(watch.unansweredFrame()).isPresent();
    }

    @Test
    void contentHasToGoOn() {
        comes(HEAD);
        assertThat(at(1)).isEqualTo(Overdue.NOTHING);
        comes("x".repeat(1023));
        assertThat(at(60)).isEqualTo(Overdue.NOTHING);
        comes("x");
        assertThat(at(61)).isEqualTo(Overdue.NOTHING);
        comes("x".repeat(1023));
        assertThat(at(120)).isEqualTo(Overdue.NOTHING);
        assertThat(at(121)).isEqualTo(Overdue.FRAME);
    }

    @Test
    void theTimeInWhichWeDoNotReadDoesNotCount() {
        comes(HEAD);
        assertThat(at(1)).isEqualTo(Overdue.NOTHING);
        channel.config().setAutoRead(false);
        assertThat(at(100)).isEqualTo(Overdue.NOTHING);
        channel.config().setAutoRead(true);
        assertThat(at(159)).isEqualTo(Overdue.NOTHING);
        assertThat(at(160)).isEqualTo(Overdue.FRAME);
    }

    @Test
    void afterAnAnswerFourMegabytesAreBorne() {
        comes(HEAD);
        watch.answeredEarly();
        assertThat(watch.unansweredFrame()).isEmpty();
        assertThat(comes("x".repeat(4 << 20))).isTrue();
        assertThat(comes("x")).isFalse();
    }

    @Test
    void theNextFrameHasItsOwnCount() {
        comes(HEAD);
        watch.answeredEarly();
        assertThat(comes("x".repeat(4 << 20) + "\r\n-------tid00001$\r\n" + HEAD))
                .isTrue();
        assertThat(watch.unansweredFrame()).isPresent();
        assertThat(comes("x".repeat(5 << 20))).isTrue();
    }

    @Test
    void whatTheSystemDoesNotTakeIsOverdue() {
        channel.unsafe().outboundBuffer().addMessage(Unpooled.wrappedBuffer(new byte[9]), 9, channel.newPromise());
        assertThat(at(1)).isEqualTo(Overdue.NOTHING);
        channel.unsafe().outboundBuffer().addFlush();
        assertThat(at(2)).isEqualTo(Overdue.NOTHING);
        assertThat(at(61)).isEqualTo(Overdue.NOTHING);
        channel.unsafe().outboundBuffer().progress(1);
        assertThat(at(62)).isEqualTo(Overdue.NOTHING);
        assertThat(at(121)).isEqualTo(Overdue.NOTHING);
        assertThat(at(122)).isEqualTo(Overdue.READING);
    }
}
