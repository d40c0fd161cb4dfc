package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MsrpFramesTest {

    private static final String TO = "msrp://127.0.0.1:2855/to;tcp";
    private static final String FROM = "msrp://127.0.0.1:2856/from;tcp";

    private static List<MsrpFrame> read(byte[] wire, int pieceSize) {
        MsrpFramer framer = new MsrpFramer();
        ByteQueue queue = new ByteQueue();
        List<MsrpFrame> frames = new ArrayList<>();
        for (int at = 0; at < wire.length; at += pieceSize) {
            queue.add(ByteBuffer.wrap(wire, at, Math.min(pieceSize, wire.length - at)));
            for (Optional<MsrpFrame> next = framer.next(queue); next.isPresent(); next = framer.next(queue)) {
                frames.add(next.get());
            }
        }
        return frames;
    }

    private static MsrpFrame send(String range, String body, char flag) {
        return MsrpFrame.request("SEND", TO, FROM)
                .add("Message-ID", "m1-abcd")
                .add("Byte-Range", range)
                .withBody("text/plain", body.getBytes(UTF_8), flag);
    }

    @Test
    void readsFramesHoweverTheyAreCut() {
        MsrpFrame nested = send("1-3/3", "abc", '$');
        List<MsrpFrame> sent = List.of(
                send("1-5/5", "hello", '$'),
                send("1-0/0", "", '$'),
                MsrpFrame.request("SEND", TO, FROM).add("Message-ID", "empty"),
                send("1-*/*", "half", '+'),
                send("1-*/9", "gone", '#'),
                send("1-*/*", new String(nested.toBytes(), UTF_8), '$'),
                send("1-*/*", "-------abc$\r\n-------\r\n\r\n-------", '$'),
                nested.response(200, "OK"));
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        sent.forEach(frame -> wire.writeBytes(frame.toBytes()));

        for (int size : new int[] {1, 2, 3, 7, 64, wire.size()}) {
            List<MsrpFrame> read = read(wire.toByteArray(), size);
            assertThat(read).hasSameSizeAs(sent);
            for (int i = 0; i < sent.size(); i++) {
                assertThat(read.get(i).toBytes()).isEqualTo(sent.get(i).toBytes());
            }
        }
    }

    @Test
    void tellsAnEmptyBodyFromNone() {
        assertThat(read(send("1-0/0", "", '$').toBytes(), 5).get(0).carriesContent())
                .isTrue();
        assertThat(read(MsrpFrame.request("SEND", TO, FROM).toBytes(), 5).get(0).carriesContent())
                .isFalse();
    }

    @Test
    void refusesWhatIsNoMsrp() {
        assertThatThrownBy(() -> read("GET / HTTP/1.1\r\n".getBytes(UTF_8), 4))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> read("MSRP abcd SEND\r\nTo-Path: x\r\n-------abcd!\r\n".getBytes(UTF_8), 4))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void respondsOneHopBack() {
        MsrpFrame request = MsrpFrame.request("SEND", TO + " msrp://127.0.0.1:9/other;tcp", FROM + " " + TO);

        MsrpFrame response = request.response(200, "OK");

        assertThat(response.need("To-Path")).isEqualTo(FROM);
        assertThat(response.need("From-Path")).isEqualTo(TO);
        assertThat(response.transaction()).isEqualTo(request.transaction());
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.method()).isEmpty();
    }

    @Test
    void putsChunksTogetherInAnyOrder() {
        MsrpAssembly assembly = new MsrpAssembly();

        assertThat(assembly.add(send("7-11/11", "world", '$'))).isEmpty();
        assertThat(assembly.add(send("1-*/11", "hel", '+'))).isEmpty();
        assertThat(assembly.add(send("3-6/11", "llo ", '+')).orElseThrow()).isEqualTo("hello world".getBytes(UTF_8));
    }

    @Test
    void namesTheRulesThatAFrameBreaks() {
        assertThat(send("1-5/5", "hello", '$').violations()).isEmpty();
        assertThat(send("1-9/9", "hello", '$').violations()).hasSize(1);
        assertThat(send("0-5/5", "hello", '$').violations()).hasSize(1);
        assertThat(send("1-3000/3000", "x".repeat(3000), '$').violations())
                .singleElement()
                .asString()
                .contains("2048");
        assertThat(send("1-5/5", "hello", '$').add("Date", "today").violations())
                .hasSize(1);
        assertThat(MsrpFrame.request("SEND", TO, FROM).violations()).containsExactly("a SEND without Message-ID");
    }

    @Test
    void comparesUrisByTheRules() {
        MsrpUri uri = MsrpUri.parse("msrp://Host.test:2855/aB1;tcp");

        assertThat(uri.means(MsrpUri.parse("MSRP://host.TEST:2855/aB1;TCP;x=1")))
                .isTrue();
        assertThat(uri.means(MsrpUri.parse("msrp://host.test:2855/ab1;tcp"))).isFalse();
        assertThat(uri.means(MsrpUri.parse("msrp://host.test/aB1;tcp"))).isFalse();
        assertThat(uri.means(MsrpUri.parse("msrps://host.test:2855/aB1;tcp"))).isFalse();
        assertThatThrownBy(() -> MsrpUri.parse("sip:x")).isInstanceOf(IllegalArgumentException.class);
    }
}
