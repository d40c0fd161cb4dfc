package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.RawPeer.Frame;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages in several chunks, out and in. */
class MsrpChunksTest extends MsrpFixture {
    private static final int CHUNK = MsrpLimits.DEFAULTS.chunkLength();

    /** One chunk of what a peer sends: the range, the content, the end-line's flag. */
    private record Chunk(String range, String body, char flag) {}

    private String assembled(Chunk... chunks) throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        for (int i = 0; i < chunks.length; i++) {
            assertThat(received.messages).isEmpty();
            peer.write(send(session, "tid0000" + i, "msg00001", chunks[i].range(), chunks[i].body(), chunks[i].flag()));
            assertThat(peer.read().startLine()).isEqualTo("MSRP tid0000" + i + " 200 OK");
        }
        Received.Message message = received.messages.poll(5, TimeUnit.SECONDS);
        assertThat(received.messages).isEmpty();
        return new String(message.content(), StandardCharsets.UTF_8);
    }

    @Test
    void m02_idsHave64RandomBits() throws Exception {
        Active active = active();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            active.session().send(message("msg" + (10_000 + i), "x"));
            ids.add(active.peer().readAndAnswer("200 OK").id());
        }
        assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("[A-Za-z0-9][A-Za-z0-9.+%=-]{3,31}"));
        assertThat(bits(ids)).isGreaterThanOrEqualTo(64);
    }

    @Test
    void m25_sessionIdsHave80RandomBits() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            ids.add(endpoint.newUri("127.0.0.1", 9).sessionId());
        }
        assertThat(ids).doesNotHaveDuplicates();
        assertThat(bits(ids)).isGreaterThanOrEqualTo(80);
    }

    /** As many as the characters take that were seen at each place. */
    private static double bits(List<String> ids) {
        double bits = 0;
        for (int place = 0; place < ids.get(0).length(); place++) {
            Set<Character> seen = new HashSet<>();
            for (String id : ids) {
                seen.add(id.charAt(place));
            }
            bits += Math.log(seen.size()) / Math.log(2);
        }
        return bits;
    }

    @Test
    void m06_namesInAnyCaseAndUnknownHeaders() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(request(
                        session,
                        "tid00001",
                        "SEND",
                        "mEsSaGe-Id: msg00001\r\nX-Unknown: 1\r\nBYTE-RANGE: 1-5/5\r\nuse-nickname: bob\r\n"
                                + "success-report: YES\r\ncontent-type: text/plain\r\n",
                        "hello",
                        '$')
                .replace("To-Path", "to-path"));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        assertThat(peer.read().header("Status")).isEqualTo("000 200 OK");
        assertThat(received.messages.remove().content()).asString().isEqualTo("hello");
    }

    @Test
    void m10_theRestFollowsInSendsOfTheirOwn() throws Exception {
        Active active = active();
        byte[] content = new Random(3)
                .ints(3 * CHUNK + 7, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .getBytes(StandardCharsets.US_ASCII);
        CompletionStage<Delivery> sent = active.session().send(message("msg00001", content));
        Set<String> ids = new HashSet<>();
        StringBuilder body = new StringBuilder();
        Frame frame;
        do {
            frame = active.peer().readAndAnswer("200 OK");
            assertThat(frame.header("Message-ID")).isEqualTo("msg00001");
            assertThat(frame.header("Byte-Range")).startsWith((body.length() + 1) + "-");
            assertThat(frame.header("Content-Type")).isEqualTo("text/plain");
            assertThat(ids.add(frame.id())).isTrue();
            body.append(frame.body());
        } while (frame.flag() == '+');
        assertThat(frame.flag()).isEqualTo('$');
        assertThat(ids).hasSize(4);
        assertThat(body.toString().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(content);
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1-*/11", "1-*/*", "1-11/11"})
    void m10_ofAChunkThatWasInterruptedCountsWhatCame(String range) throws Exception {
        assertThat(assembled(new Chunk(range, "hello ", '+'), new Chunk("7-*/11", "world", '$')))
                .isEqualTo("hello world");
    }

    @Test
    void m11_ofOctetsThatComeTwiceTheLastCount() throws Exception {
        assertThat(assembled(new Chunk("1-6/11", "HELLO!", '+'), new Chunk("3-11/11", "llo world", '$')))
                .isEqualTo("HEllo world");
    }

    @Test
    void m11_theLastThatCameCountsThoughItIsTheFirstOfTheMessage() throws Exception {
        assertThat(assembled(new Chunk("5-11/11", "O WORLD", '$'), new Chunk("1-6/11", "hello ", '+')))
                .isEqualTo("hello WORLD");
    }

    @Test
    void m11_aChunkThatIsSentAgainChangesNothing() throws Exception {
        assertThat(assembled(
                        new Chunk("7-11/11", "world", '$'),
                        new Chunk("7-11/11", "world", '$'),
                        new Chunk("1-3/11", "hel", '+'),
                        new Chunk("1-3/11", "hel", '+'),
                        new Chunk("4-6/11", "lo ", '+')))
                .isEqualTo("hello world");
    }

    @Test
    void m11_theMessageIsWholeOnlyWhenItsEndIsThere() throws Exception {
        assertThat(assembled(new Chunk("1-11/11", "hello world", '+'), new Chunk("12-11/11", "", '$')))
                .isEqualTo("hello world");
    }

    @Test
    void m12_nothingOfAnAbortedChunkCountsAndTheIdMayComeAgain() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-*/11", "HELLO ", '+')
                + send(session, "tid00002", "msg00001", "7-*/11", "WORLD", '#')
                + send(session, "tid00003", "msg00001", "7-11/11", "world", '$')
                + send(session, "tid00004", "msg00001", "1-6/11", "hello ", '+'));
        for (int i = 1; i <= 4; i++) {
            assertThat(peer.read().startLine()).isEqualTo("MSRP tid0000" + i + " 200 OK");
        }
        assertThat(received.aborted).hasSize(1);
        assertThat(received.messages).hasSize(1);
        assertThat(received.messages.remove().content()).asString().isEqualTo("hello world");
    }

    @Test
    void m12_aMessageInOneAbortedChunkIsNone() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-*/5", "hello", '#')
                + send(session, "tid00002", "msg00002", "1-1/1", "x", '$'));
        assertThat(peer.read().id()).isEqualTo("tid00001");
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
        assertThat(received.aborted).hasSize(1);
        assertThat(received.messages.remove().messageId()).isEqualTo("msg00002");
        assertThat(received.messages).isEmpty();
    }

    /** The other session has something to say while the third chunk is read: it is next. */
    @Test
    void m13_anotherSessionIsNextAfterTheChunkThatIsBeingSent() throws Exception {
        Active active = active();
        MsrpSession other = open(
                Role.ACTIVE, active.session().remotePath().get(0).toString().replace("peer0000000", "other000000"));
        active.peer().readAndAnswer("200 OK");
        await(other.ready());
        MsrpContent content = new MsrpContent() {
            @Override
            public long length() {
                return 6L * CHUNK;
            }

            @Override
            public CompletionStage<ByteBuffer> read(long offset, int maxLength) {
                if (offset == 2L * CHUNK) {
                    other.send(message("msg00002", "small"));
                }
                return CompletableFuture.completedFuture(ByteBuffer.allocate(maxLength));
            }
        };
        active.session().send(new OutgoingMessage("msg00001", "text/plain", Map.of(), content, false));
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            order.add(active.peer().readAndAnswer("200 OK").header("Message-ID"));
        }
        assertThat(order.indexOf("msg00002")).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"1-*/3000, 3000", "1-3000/3000, 3000"})
    void m09_aLongChunkIsTakenWhicheverWayItsRangeEnds(String range, int length) throws Exception {
        assertThat(assembled(new Chunk(range, "x".repeat(length), '$'))).hasSize(length);
    }
}
