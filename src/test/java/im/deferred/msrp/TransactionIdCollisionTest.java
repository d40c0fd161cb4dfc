package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.frame.MsrpDecoder;
import im.deferred.msrp.frame.MsrpEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** A connection whose transaction ids are known beforehand, and content that holds them. */
class TransactionIdCollisionTest {
    private static final long SEED = 42;

    private final Transactions foreseen = new Transactions(MsrpLimits.DEFAULTS, SEED, () -> 0);

    @Test
    void m05_anIdThatStandsInTheContentIsNotTaken() {
        String first = foreseen.newId();
        String second = foreseen.newId();
        String third = foreseen.newId();
        String content = "MSRP x\r\n-------" + first + "$\r\n --------" + second + " --" + third + "\r\n";
        assertThat(sent(MsrpContent.of(content.getBytes(StandardCharsets.US_ASCII))))
                .startsWith("MSRP " + third + " SEND\r\n")
                .endsWith(content + "\r\n-------" + third + "$\r\n");
    }

    @Test
    void m05_norOneAcrossTheBorderOfTwoPieces() {
        String first = foreseen.newId();
        String second = foreseen.newId();
        byte[] content = ("xx-------" + first).getBytes(StandardCharsets.US_ASCII);
        MsrpContent pieces = new MsrpContent() {
            @Override
            public long length() {
                return content.length;
            }

            @Override
            public CompletionStage<ByteBuffer> read(long offset, int maxLength) {
                return CompletableFuture.completedFuture(
                        ByteBuffer.wrap(content, (int) offset, Math.min(5, maxLength)));
            }
        };
        assertThat(sent(pieces)).startsWith("MSRP " + second + " SEND\r\n");
    }

    private static String sent(MsrpContent content) {
        try (MsrpEndpoint endpoint = new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, null)) {
            MsrpSession session = endpoint.open(new MsrpAgreement(
                    endpoint.newUri("127.0.0.1", 9),
                    MsrpUri.parsePath(MsrpFixture.PEER),
                    Role.PASSIVE,
                    IncomingHandler.REFUSE_ALL,
                    Duration.ofSeconds(5)));
            session.send(new OutgoingMessage("msg00001", "text/plain", Map.of(), content, false));
            MsrpConnection connection = new MsrpConnection(endpoint, MsrpLimits.DEFAULTS, null, SEED);
            EmbeddedChannel channel = new EmbeddedChannel(new MsrpDecoder(), new MsrpEncoder(), connection);
            connection.run(() -> session.bind(connection));
            channel.runPendingTasks();
            StringBuilder text = new StringBuilder();
            for (ByteBuf buffer = channel.readOutbound(); buffer != null; buffer = channel.readOutbound()) {
                text.append(buffer.toString(StandardCharsets.US_ASCII));
                buffer.release();
            }
            channel.close();
            return text.toString();
        }
    }
}
