package im.deferred.message;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.await;
import static im.deferred.message.Messages.sent;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.TestDatabase;
import im.deferred.core.TestClock;
import im.deferred.message.Encapsulation.Form;
import im.deferred.msrp.frame.Continuation;
import im.deferred.msrp.frame.MsrpDecoder;
import im.deferred.msrp.frame.MsrpPiece;
import im.deferred.msrp.frame.MsrpRequest;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A {@code message/msrp} as a client reads it: with the decoder that reads MSRP from the wire. */
class EncapsulatedSendTest {

    private final TestDatabase database = new TestDatabase();
    private final MessageStore store =
            new MessageStore(database.entities(), new TestClock(), MessageStore.Limits.of(5, 10 << 20));

    /** A SEND as it was read. */
    private record Read(MsrpRequest head, byte[] body, Continuation end) {}

    @AfterEach
    void close() {
        store.close();
        database.close();
    }

    static Stream<byte[]> bodies() {
        byte[] binary = new byte[300_000];
        new Random(5).nextBytes(binary);
        return Stream.of(
                "Hello".getBytes(StandardCharsets.UTF_8),
                new byte[0],
                binary,
                "\r\n".getBytes(StandardCharsets.UTF_8),
                "MSRP a786hjs2 SEND\r\n\r\nHi\r\n-------a786hjs2$\r\n".getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void readsAsTheSendThatCame(byte[] body) {
        NewMessage original = sent(BOB, "12339sdqwer", "text/plain", Body.of(body));
        await(store.store(original));

        Read read = read(encapsulated());

        assertThat(read.head().method()).isEqualTo("SEND");
        assertThat(read.head().toPath()).isEqualTo("msrp://192.0.2.1:2855/s.111;tcp");
        assertThat(read.head().fromPath()).isEqualTo("msrp://192.0.2.9:7654/a.222;tcp");
        assertThat(read.head().headers().get("Message-ID")).isEqualTo("12339sdqwer");
        assertThat(read.head().headers().get("Byte-Range")).isEqualTo("1-%1$d/%1$d".formatted(body.length));
        assertThat(read.head().headers().get("From")).isEqualTo("\"Alice\" <sip:alice@example.test>;tag=a1");
        assertThat(read.head().headers().get("Content-Type")).isEqualTo("text/plain");
        assertThat(read.body()).isEqualTo(body);
        assertThat(read.end()).isEqualTo(Continuation.COMPLETE);
    }

    /** Whoever sends a message again that he received, capsule and all, does not know the next one's end-line. */
    @Test
    void anEndLineThatItsSenderSawBeforeDoesNotEndIt() {
        await(store.store(sent(BOB, "12339sdqwer", "text/plain", Body.of(new byte[10]))));
        byte[] inner = encapsulated();
        store.delete(store.waiting(BOB, 0, 1).get(0).id());
        await(store.store(sent(BOB, "12339sdqwes", "message/msrp", Body.of(inner))));

        assertThat(read(encapsulated()).body()).isEqualTo(inner);
    }

    @Test
    void isTheSameAtEachAttempt() {
        await(store.store(sent(BOB, "12339sdqwer", "text/plain", Body.of(new byte[10]))));
        assertThat(encapsulated()).isEqualTo(encapsulated());
    }

    private byte[] encapsulated() {
        Encapsulation encapsulation = store.encapsulate(store.waiting(BOB, 0, 1).get(0), Form.MSRP);
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        while (octets.size() < encapsulation.length()) {
            octets.writeBytes(encapsulation.read(octets.size(), 10_000));
        }
        return octets.toByteArray();
    }

    private static Read read(byte[] frame) {
        EmbeddedChannel channel = new EmbeddedChannel(new MsrpDecoder());
        channel.writeInbound(Unpooled.wrappedBuffer(frame));
        MsrpRequest head = channel.readInbound();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        Object part = channel.readInbound();
        while (part instanceof MsrpPiece piece) {
            body.writeBytes(ByteBufUtil.getBytes(piece.content()));
            piece.release();
            part = channel.readInbound();
        }
        assertThat(channel.inboundMessages()).isEmpty();
        channel.finish();
        return new Read(head, body.toByteArray(), (Continuation) part);
    }
}
