package im.deferred.msrp.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The ruler has to be straight itself: what the framer finds does not depend on how the octets come. */
class FramerTest {
    private static final String PATHS = "To-Path: msrp://b/2;tcp\r\nFrom-Path: msrp://a/1;tcp\r\n";
    private static final String SEND =
            "MSRP abcd SEND\r\n" + PATHS + "Message-ID: m123\r\nContent-Type: text/plain\r\n\r\n";

    private static List<String> frames(String text, int step) throws IOException {
        byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
        ReadableByteChannel whole = Channels.newChannel(new ByteArrayInputStream(octets));
        ReadableByteChannel channel = new ReadableByteChannel() {
            @Override
            public int read(ByteBuffer into) throws IOException {
                ByteBuffer part = ByteBuffer.allocate(Math.min(step, into.remaining()));
                int length = whole.read(part);
                into.put(part.flip());
                return length;
            }

            @Override
            public boolean isOpen() {
                return whole.isOpen();
            }

            @Override
            public void close() throws IOException {
                whole.close();
            }
        };
        Framer framer = new Framer();
        List<String> frames = new ArrayList<>();
        while (framer.read(channel)) {
            while (framer.next()) {
                String body = framer.hasBody() ? new String(framer.body(), StandardCharsets.ISO_8859_1) : null;
                frames.add(framer.id() + " " + framer.startLineRest() + " " + framer.status() + " "
                        + framer.header("message-id") + " " + framer.flag() + " " + body);
            }
        }
        return frames;
    }

    @Test
    void whateverThePieces() throws IOException {
        String text = SEND + "hello\r\n-------abcd$\r\n"
                + "MSRP efgh 200\r\n" + PATHS + "-------efgh$\r\n"
                + "MSRP ijkl SEND\r\n" + PATHS + "Message-ID: m456\r\n-------ijkl#\r\n"
                + SEND + "\r\n-------abcd+\r\n"
                + SEND
                + "--------abcd$\r\n-------abc$\r\n-------abcde$\r\n------abcd$ -------abcd$\r\n-------abcd$\r\n";
        for (int step : List.of(1, 2, 3, 7, 64, 100_000)) {
            assertThat(frames(text, step))
                    .as("%d octets at a time", step)
                    .containsExactly(
                            "abcd SEND 0 m123 $ hello",
                            "efgh 200 200 null $ null",
                            "ijkl SEND 0 m456 # null",
                            "abcd SEND 0 m123 + ",
                            "abcd SEND 0 m123 $ --------abcd$\r\n-------abc$\r\n-------abcde$\r\n------abcd$ -------abcd$");
        }
    }

    @Test
    void aLongFrameAfterManyShortOnes() throws IOException {
        String brief = SEND + "x\r\n-------abcd$\r\n";
        String body = "-- long\r\n".repeat(200_000);
        assertThat(frames(brief.repeat(5000) + SEND + body + "\r\n-------abcd$\r\n" + brief, 65_536))
                .hasSize(5002)
                .contains("abcd SEND 0 m123 $ " + body)
                .endsWith("abcd SEND 0 m123 $ x");
    }

    @Test
    void whatIsNoFrame() {
        assertThatThrownBy(() -> frames("HTTP/1.1 200 OK\r\n\r\n", 100)).isInstanceOf(ProtocolException.class);
    }
}
