package im.deferred.msrp.frame;

import static im.deferred.msrp.frame.Frames.PATHS;
import static im.deferred.msrp.frame.Frames.octets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MsrpEncoderTest {
    private static final String TO = "msrp://bob.example.test:2855/b0b;tcp";
    private static final String FROM = "msrp://alice.example.test:2855/a1ice;tcp";

    private final EmbeddedChannel channel = new EmbeddedChannel(new MsrpEncoder());

    @AfterEach
    void release() {
        channel.finishAndReleaseAll();
    }

    private static MsrpRequest send(MsrpHeaders headers) {
        return new MsrpRequest("a786hjs2", MsrpRequest.SEND, TO, FROM, headers);
    }

    private String written() {
        StringBuilder text = new StringBuilder();
        for (ByteBuf buffer = channel.readOutbound(); buffer != null; buffer = channel.readOutbound()) {
            text.append(buffer.toString(StandardCharsets.ISO_8859_1));
            buffer.release();
        }
        return text.toString();
    }

    @Test
    void m03_pathsFirstThenTheHeadersInTheirOrder() {
        channel.writeOutbound(
                send(new MsrpHeaders()
                        .add("Date", "Mon, 01 Jan 2024 00:00:00 GMT")
                        .add("Content-Type", "text/plain")),
                new MsrpPiece(Unpooled.wrappedBuffer(octets("hello"))),
                Continuation.COMPLETE);
        assertThat(written())
                .isEqualTo("MSRP a786hjs2 SEND\r\n"
                        + PATHS
                        + "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Type: text/plain\r\n\r\n"
                        + "hello\r\n-------a786hjs2$\r\n");
    }

    @Test
    void m04_noBodyNoEmptyLine() {
        channel.writeOutbound(
                new MsrpResponse("a786hjs2", 200, "OK", TO, FROM, new MsrpHeaders()), Continuation.COMPLETE);
        assertThat(written()).isEqualTo("MSRP a786hjs2 200 OK\r\n" + PATHS + "-------a786hjs2$\r\n");
    }

    @Test
    void emptyPieceMakesAnEmptyBody() {
        channel.writeOutbound(send(new MsrpHeaders()), new MsrpPiece(Unpooled.EMPTY_BUFFER), Continuation.ABORTED);
        assertThat(written()).isEqualTo("MSRP a786hjs2 SEND\r\n" + PATHS + "\r\n\r\n-------a786hjs2#\r\n");
    }

    @Test
    void responseWithoutComment() {
        channel.writeOutbound(
                new MsrpResponse("a786hjs2", 481, "", TO, FROM, new MsrpHeaders()), Continuation.COMPLETE);
        assertThat(written()).startsWith("MSRP a786hjs2 481\r\n");
    }

    @Test
    void smallFramesBecomeOneBuffer() {
        for (int i = 0; i < 10; i++) {
            channel.write(new MsrpResponse("a786hjs" + i, 200, "OK", TO, FROM, new MsrpHeaders()));
            channel.write(Continuation.COMPLETE);
        }
        assertThat(channel.outboundMessages()).isEmpty();
        channel.flush();
        assertThat(channel.outboundMessages()).hasSize(1);
    }

    @Test
    void promisesEndWithTheBufferTheyWentInto() {
        ChannelFuture head = channel.write(send(new MsrpHeaders()));
        ChannelFuture end = channel.write(Continuation.COMPLETE);
        assertThat(end.isDone()).isFalse();
        channel.flush();
        assertThat(head.isSuccess()).isTrue();
        assertThat(end.isSuccess()).isTrue();
    }

    @Test
    void directContentIsNotCopied() {
        ByteBuf content = Unpooled.directBuffer(5000).writeZero(5000);
        channel.writeOutbound(send(new MsrpHeaders()), new MsrpPiece(content), Continuation.COMPLETE);
        assertThat(channel.outboundMessages()).hasSize(3).element(1).isSameAs(content);
    }

    @Test
    void partsOutOfTurnAreRefused() {
        assertThatThrownBy(() -> channel.writeOutbound(Continuation.COMPLETE))
                .isInstanceOf(IllegalStateException.class);
        ByteBuf content = Unpooled.buffer().writeByte(1);
        assertThatThrownBy(() -> channel.writeOutbound(new MsrpPiece(content)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(content.refCnt()).isZero();
    }

    @Test
    void headerThatWouldOpenANewLineIsRefused() {
        MsrpHeaders headers = new MsrpHeaders();
        assertThatThrownBy(() -> headers.add("Date", "x\r\nTo-Path: y")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> headers.add("Da te", "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> headers.add("", "x")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsEncodedIsDecodedAgain() {
        Random random = new Random(1);
        for (int round = 0; round < 300; round++) {
            byte[] body = new byte[random.nextInt(5000)];
            random.nextBytes(body);
            if (round % 3 == 0) {
                byte[] alphabet = octets("\r\n-a786hjs2$+#");
                for (int i = 0; i < body.length; i++) {
                    body[i] = alphabet[random.nextInt(alphabet.length)];
                }
            }
            MsrpHeaders headers =
                    new MsrpHeaders().add("Message-ID", "m" + round + "xxx").add("Subject", "Grüße ☂");
            MsrpRequest head = send(headers);
            channel.writeOutbound(head, new MsrpPiece(Unpooled.wrappedBuffer(body)), Continuation.MORE);
            List<Object> decoded = Frames.decode(written());
            String text = new String(body, StandardCharsets.ISO_8859_1);
            if (body.length == 0) {
                assertThat(decoded).containsExactly(head, Continuation.MORE);
            } else {
                assertThat(decoded).containsExactly(head, text, Continuation.MORE);
            }
        }
    }
}
