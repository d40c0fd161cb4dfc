package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.RawPeer.Frame;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client of the relay sends and gets by it, octet by octet. */
class RelayForwardingTest extends RelayFixture {
    private static final String BOB = "msrp://127.0.0.1:9/bob000000000;tcp";
    private static final String EXTENSIONS =
            "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nX-Second: 2\r\nSuccess-Report: no\r\n";

    private Client alice;
    private Far far;

    @BeforeEach
    void authenticate() throws Exception {
        alice = alice();
        far = new Far();
    }

    /** Whole To-Path of what alice sends. */
    private String out() {
        return alice.granted() + " " + far.uri;
    }

    private void expectNothingBut(RawPeer peer, String id) throws Exception {
        assertThat(peer.read().startLine()).isEqualTo("MSRP " + id + " 200 OK");
    }

    // ---- R6 ----

    @Test
    void r06_nothingChangesButThePathsAndTheTransactionId() throws Exception {
        alice.peer().write(send("tid00001", out(), ALICE, "msg00001", EXTENSIONS, "hello"));
        Frame frame = far.read();
        assertThat(frame.id()).isNotEqualTo("tid00001");
        assertThat(frame.text()).isEqualTo(send(frame.id(), far.uri, alice.path(), "msg00001", EXTENSIONS, "hello"));
    }

    @Test
    void r06_norOnTheWayBack() throws Exception {
        alice.peer().write(send("tid00001", out(), ALICE, "msg00001", "", "hello"));
        far.read();
        far.peer.write(send("tid00002", alice.path(), far.uri, "msg00002", EXTENSIONS, "hello"));
        assertThat(alice.peer().read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        Frame frame = alice.peer().read();
        assertThat(frame.id()).isNotEqualTo("tid00002");
        assertThat(frame.text())
                .isEqualTo(send(frame.id(), ALICE, alice.granted() + " " + far.uri, "msg00002", EXTENSIONS, "hello"));
    }

    @Test
    void r06_furtherHopsStayInTheirOrder() throws Exception {
        String further = "msrp://relay.example.test:2855/abcdefgh;tcp msrp://bob.example.test:9/ijklmnop;tcp";
        alice.peer().write(send("tid00001", out() + " " + further, ALICE, "msg00001", "", "x"));
        Frame frame = far.read();
        assertThat(frame.header("To-Path")).isEqualTo(far.uri + " " + further);
        assertThat(frame.header("From-Path")).isEqualTo(alice.path());
    }

    @Test
    void r06_aSendWithoutContentPassesToo() throws Exception {
        String headers = "Message-ID: msg00001\r\nByte-Range: 1-0/0\r\n";
        alice.peer().write(frame("tid00001", "SEND", out(), ALICE, headers, null, '$'));
        Frame frame = far.read();
        assertThat(frame.text()).isEqualTo(frame(frame.id(), "SEND", far.uri, alice.path(), headers, null, '$'));
        expectNothingBut(alice.peer(), "tid00001");
    }

    @Test
    void r06_betweenTwoClientsOfTheRelay() throws Exception {
        Client bob = client("bob", "hush", BOB);
        alice.peer().write(send("tid00001", alice.granted() + " " + bob.path(), ALICE, "msg00001", "", "hello bob"));
        expectNothingBut(alice.peer(), "tid00001");
        Frame frame = bob.peer().read();
        assertThat(frame.header("To-Path")).isEqualTo(BOB);
        assertThat(frame.header("From-Path")).isEqualTo(bob.granted() + " " + alice.path());
        bob.peer().write(send("tid00002", frame.header("From-Path"), BOB, "msg00002", "", "hello alice"));
        assertThat(bob.peer().read().startLine()).isEqualTo("MSRP tid00002 200 OK");
        assertThat(alice.peer().read().body()).isEqualTo("hello alice");
    }

    /** A peer that cannot be connected to is spoken to on the connection by which it came. */
    @Test
    void r06_aPeerThatConnectedIsAnsweredOnItsConnection() throws Exception {
        String behindNat = "msrp://127.0.0.1:9/natted000000;tcp";
        RawPeer peer = connect();
        peer.write(send("tid00001", alice.path(), behindNat, "msg00001", "", "hello"));
        expectNothingBut(peer, "tid00001");
        assertThat(alice.peer().read().body()).isEqualTo("hello");
        alice.peer().write(send("tid00002", alice.granted() + " " + behindNat, ALICE, "msg00002", "", "hello back"));
        assertThat(alice.peer().read().startLine()).isEqualTo("MSRP tid00002 200 OK");
        assertThat(peer.read().body()).isEqualTo("hello back");
    }

    @Test
    void r06_betweenTwoSessionsOfOneClient() throws Exception {
        String granted = granted(alice.peer(), "alice", "secret", relay, BOB, "");
        alice.peer()
                .write(send("tid00001", alice.granted() + " " + granted + " " + BOB, ALICE, "msg00001", "", "hello"));
        Frame first = alice.peer().read();
        Frame second = alice.peer().read();
        Frame passed = first.startLine().endsWith("SEND") ? first : second;
        assertThat(passed.header("To-Path")).isEqualTo(BOB);
        assertThat(passed.body()).isEqualTo("hello");
        assertThat((passed == first ? second : first).startLine()).isEqualTo("MSRP tid00001 200 OK");
    }

    @Test
    void r08_aSendWithoutMessageIdIs400() throws Exception {
        alice.peer().write(frame("tid00001", "SEND", out(), ALICE, "Content-Type: text/plain\r\n", "x", '$'));
        assertThat(alice.peer().read().startLine()).startsWith("MSRP tid00001 400");
        alice.peer().write(send("tid00002", out(), ALICE, "msg00002", "", "x"));
        expectNothingBut(alice.peer(), "tid00002");
        assertThat(far.read().header("Message-ID")).isEqualTo("msg00002");
    }

    /** What was answered 200 goes on, though its sender has left. */
    @Test
    void r08_whatWasAnsweredGoesOnThoughItsSenderIsGone() throws Exception {
        StringBuilder sends = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            sends.append(send("tid" + (10_000 + i), out(), ALICE, "msg" + (10_000 + i), "", "x".repeat(1000)));
        }
        alice.peer().write(sends.toString());
        for (int i = 0; i < 100; i++) {
            expectNothingBut(alice.peer(), "tid" + (10_000 + i));
        }
        alice.peer().close();
        for (int i = 0; i < 100; i++) {
            Frame frame = far.read();
            assertThat(frame.header("Message-ID")).isEqualTo("msg" + (10_000 + i));
            far.peer.write(frame.answer("200 OK"));
        }
    }

    // ---- R7 ----

    @Test
    void r07_nobodyElseSendsByAGrantedUri() throws Exception {
        RawPeer stranger = connect();
        stranger.write(send("tid00001", out(), "msrp://127.0.0.1:9/stranger0;tcp", "msg00001", "", "x"));
        assertThat(stranger.read().startLine()).startsWith("MSRP tid00001 403");
        stranger.write(send("tid00002", out(), ALICE, "msg00002", "", "x"));
        assertThat(stranger.read().startLine()).startsWith("MSRP tid00002 403");
        Client bob = client("bob", "hush", BOB);
        bob.peer().write(send("tid00003", out(), BOB, "msg00003", "", "x"));
        assertThat(bob.peer().read().startLine()).startsWith("MSRP tid00003 403");
        alice.peer().write(send("tid00004", out(), ALICE, "msg00004", "", "x"));
        assertThat(far.read().header("Message-ID")).isEqualTo("msg00004");
    }

    @Test
    void r07_theClientSpeaksForItselfAlone() throws Exception {
        alice.peer().write(send("tid00001", out(), BOB, "msg00001", "", "x"));
        assertThat(alice.peer().read().startLine()).startsWith("MSRP tid00001 403");
        alice.peer().write(send("tid00002", out(), ALICE, "msg00002", "", "x"));
        assertThat(far.read().header("Message-ID")).isEqualTo("msg00002");
    }

    @Test
    void r07_whatWasNotGrantedIsUnknown() throws Exception {
        String guess = alice.granted().replaceFirst("/[^/;]*;tcp$", "/guess0000000000000000;tcp");
        RawPeer peer = connect();
        peer.write(send("tid00001", guess + " " + ALICE, far.uri, "msg00001", "", "x"));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00001 481");
        peer.write(send("tid00002", alice.granted(), far.uri, "msg00002", "", "x"));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00002 481");
        peer.write(send("tid00003", alice.granted() + " " + BOB, far.uri, "msg00003", "", "x"));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00003 403");
    }

    // ---- R8 ----

    @Test
    void r08_theRelayAnswersAndKeepsTheNextHopsAnswerToItself() throws Exception {
        alice.peer().write(send("tid00001", out(), ALICE, "msg00001", "", "one"));
        Frame answer = alice.peer().read();
        assertThat(answer.text())
                .isEqualTo("MSRP tid00001 200 OK\r\nTo-Path: " + ALICE + "\r\nFrom-Path: " + alice.granted()
                        + "\r\n-------tid00001$\r\n");
        Frame one = far.read();
        far.peer.write(one.answer("200 OK"));
        alice.peer().write(send("tid00002", out(), ALICE, "msg00002", "", "two"));
        far.peer.write(far.read().answer("200 OK") + send("tid00003", alice.path(), far.uri, "msg00003", "", "three"));
        expectNothingBut(alice.peer(), "tid00002");
        assertThat(alice.peer().read().body()).isEqualTo("three");
    }

    @ParameterizedTest
    @CsvSource({"no", "partial"})
    void r08_withoutAResponseDueTheRelayGivesNone(String failureReport) throws Exception {
        String headers = "Failure-Report: " + failureReport + "\r\n";
        alice.peer().write(send("tid00001", out(), ALICE, "msg00001", headers, "x"));
        assertThat(far.read().header("Failure-Report")).isEqualTo(failureReport);
        alice.peer().write(send("tid00002", out(), ALICE, "msg00002", "", "x"));
        expectNothingBut(alice.peer(), "tid00002");
    }

    // ---- R10 ----

    @Test
    void r10_reportsPassBothWaysAndAreNotAnswered() throws Exception {
        alice.peer().write(send("tid00001", out(), ALICE, "msg00001", "Success-Report: yes\r\n", "hello"));
        far.read();
        expectNothingBut(alice.peer(), "tid00001");
        String headers = "Message-ID: msg00001\r\nByte-Range: 1-5/5\r\nStatus: 000 200 OK\r\n";
        far.peer.write(frame("rep00001", "REPORT", alice.path(), far.uri, headers, null, '$'));
        Frame in = alice.peer().read();
        assertThat(in.text()).isEqualTo(frame(in.id(), "REPORT", ALICE, out(), headers, null, '$'));
        assertThat(in.id()).isNotEqualTo("rep00001");

        alice.peer().write(frame("rep00002", "REPORT", out(), ALICE, headers, null, '$'));
        Frame back = far.read();
        assertThat(back.text()).isEqualTo(frame(back.id(), "REPORT", far.uri, alice.path(), headers, null, '$'));
        far.peer.write(back.answer("200 OK")); // some do
        alice.peer().write(send("tid00002", out(), ALICE, "msg00002", "", "x"));
        expectNothingBut(alice.peer(), "tid00002");
        assertThat(far.read().header("Message-ID")).isEqualTo("msg00002");
    }

    @Test
    void r10_reportsThatCannotBeForwardedAreDropped() throws Exception {
        String headers = "Message-ID: msg00001\r\nByte-Range: 1-5/5\r\nStatus: 000 200 OK\r\n";
        String nobody = "msrp://127.0.0.1:1/nobody000000;tcp";
        alice.peer()
                .write(frame("rep00001", "REPORT", alice.granted() + " " + nobody, ALICE, headers, null, '$')
                        + frame("rep00002", "REPORT", alice.granted(), ALICE, headers, null, '$')
                        + frame("rep00003", "REPORT", out(), BOB, headers, null, '$')
                        + frame("rep00004", "REPORT", out(), ALICE, "Byte-Range: x\r\n", null, '$')
                        + send("tid00001", out(), ALICE, "msg00001", "", "x"));
        expectNothingBut(alice.peer(), "tid00001");
        RawPeer stranger = connect();
        stranger.write(frame("rep00005", "REPORT", alice.granted() + " " + BOB, far.uri, headers, null, '$')
                + send("tid00002", alice.path(), far.uri, "msg00002", "", "x"));
        expectNothingBut(stranger, "tid00002");
    }

    // ---- R11 ----

    /** More content than the range says harms nobody else on the way to the next hop. */
    @Test
    void r11_aRangeThatItsContentBelies() throws Exception {
        String headers = "Message-ID: msg00001\r\nByte-Range: 1-*/10\r\nContent-Type: text/plain\r\n";
        alice.peer()
                .write(frame("tid00001", "SEND", out(), ALICE, headers, "x".repeat(3000), '$')
                        + send("tid00002", out(), ALICE, "msg00002", "", "x"));
        expectNothingBut(alice.peer(), "tid00001");
        expectNothingBut(alice.peer(), "tid00002");
        Frame frame = far.read();
        while (!frame.header("Message-ID").equals("msg00002")) {
            far.peer.write(frame.answer("200 OK"));
            frame = far.read();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1-*/3000000", "1-*/*", "5-3000004/4000000"})
    void r11_aLongChunkArrivesWithRangesThatAreRight(String range) throws Exception {
        StringBuilder body = new StringBuilder();
        for (int i = 0; body.length() < 3_000_000; i++) {
            body.append("line ").append(i).append("\r\n-------tid00001 \r\n");
        }
        body.setLength(3_000_000);
        String head = "Message-ID: msg00001\r\nByte-Range: " + range + "\r\nContent-Type: text/plain\r\n";
        Thread writer = writer(alice, frame("tid00001", "SEND", out(), ALICE, head, body.toString(), '$'));
        StringBuilder got = new StringBuilder();
        int start = Integer.parseInt(range.substring(0, range.indexOf('-')));
        Frame frame;
        do {
            frame = far.read();
            far.peer.write(frame.answer("200 OK"));
            assertThat(frame.header("Message-ID")).isEqualTo("msg00001");
            String[] parts = frame.header("Byte-Range").split("[-/]");
            assertThat(parts[0]).isEqualTo(Integer.toString(start + got.length()));
            assertThat(parts[2]).isEqualTo(range.substring(range.indexOf('/') + 1));
            got.append(frame.body());
        } while (frame.flag() == '+');
        writer.join(10_000);
        assertThat(frame.flag()).isEqualTo('$');
        assertThat(got.toString().equals(body.toString())).isTrue();
        expectNothingBut(alice.peer(), "tid00001");
    }

    /** The relay does not wait for the end of a chunk; and what another client sends meanwhile goes first. */
    @Test
    void r11_aChunkIsPassedOnAsItComesAndOthersPassInBetween() throws Exception {
        String whole = frame(
                "tid00001",
                "SEND",
                out(),
                ALICE,
                "Message-ID: msg00001\r\nByte-Range: 1-*/10000\r\nContent-Type: text/plain\r\n",
                "a".repeat(5000) + "b".repeat(5000),
                '$');
        int half = whole.indexOf("aaaab") + 4;
        alice.peer().write(whole.substring(0, half));
        InputStream in = far.acceptRaw().getInputStream();
        readTo("a".repeat(5000), in);
        Client bob = client("bob", "hush", BOB);
        bob.peer().write(send("tid00002", bob.granted() + " " + far.uri, BOB, "msg00002", "", "between"));
        expectNothingBut(bob.peer(), "tid00002");
        assertThat(readTo("\r\nbetween\r\n-------", in))
                .startsWith("\r\n-------")
                .contains("+\r\nMSRP ");
        alice.peer().write(whole.substring(half));
        assertThat(readTo("b\r\n-------", in))
                .contains("\r\nMessage-ID: msg00001\r\n")
                .contains("\r\nByte-Range: 5001-*/10000\r\n")
                .contains("\r\n\r\n" + "b".repeat(5000) + "\r\n");
        expectNothingBut(alice.peer(), "tid00001");
    }

    private static String readTo(String end, InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int octet = in.read(); octet >= 0; octet = in.read()) {
            text.append((char) octet);
            int from = text.length() - end.length();
            if (from >= 0 && text.indexOf(end, from) == from) {
                break;
            }
        }
        return text.toString();
    }

    @Test
    void r11_longChunksOfTwoClientsShareTheWayAndComeWhole() throws Exception {
        Client bob = client("bob", "hush", BOB);
        int length = 1 << 20;
        String rest = "\r\nByte-Range: 1-*/" + length + "\r\nContent-Type: text/plain\r\n";
        Map<String, Character> letters = Map.of("msgALICE", 'a', "msgBOB00", 'b');
        Thread one = writer(
                alice, frame("tid00001", "SEND", out(), ALICE, "Message-ID: msgALICE" + rest, "a".repeat(length), '$'));
        Thread two = writer(
                bob,
                frame(
                        "tid00002",
                        "SEND",
                        bob.granted() + " " + far.uri,
                        BOB,
                        "Message-ID: msgBOB00" + rest,
                        "b".repeat(length),
                        '$'));
        Map<String, Integer> got = new HashMap<>();
        int ended = 0;
        while (ended < 2) {
            Frame frame = far.read();
            far.peer.write(frame.answer("200 OK"));
            String id = frame.header("Message-ID");
            int before = got.getOrDefault(id, 0);
            assertThat(frame.header("Byte-Range")).isEqualTo((before + 1) + "-*/" + length);
            assertThat(frame.body().chars().allMatch(octet -> octet == letters.get(id)))
                    .isTrue();
            got.put(id, before + frame.body().length());
            ended += frame.flag() == '$' ? 1 : 0;
        }
        one.join(10_000);
        two.join(10_000);
        assertThat(got).isEqualTo(Map.of("msgALICE", length, "msgBOB00", length));
        expectNothingBut(alice.peer(), "tid00001");
        expectNothingBut(bob.peer(), "tid00002");
    }

    private static Thread writer(Client client, String text) {
        Thread writer = new Thread(() -> {
            try {
                client.peer().write(text);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        writer.start();
        return writer;
    }

    @Test
    void r11_chunksKeepTheirEnds() throws Exception {
        String head = "Message-ID: msg00001\r\nContent-Type: text/plain\r\n";
        alice.peer()
                .write(frame("tid00001", "SEND", out(), ALICE, "Byte-Range: 1-*/9\r\n" + head, "abc", '+')
                        + frame("tid00002", "SEND", out(), ALICE, "Byte-Range: 4-*/9\r\n" + head, "def", '#'));
        Frame one = far.read();
        Frame two = far.read();
        assertThat(one.flag()).isEqualTo('+');
        assertThat(one.header("Byte-Range")).isEqualTo("1-*/9");
        assertThat(two.flag()).isEqualTo('#');
        assertThat(two.header("Byte-Range")).isEqualTo("4-*/9");
    }

    @Test
    void r11_whatItsSenderCannotFinishIsAborted() throws Exception {
        String whole = frame(
                "tid00001",
                "SEND",
                out(),
                ALICE,
                "Message-ID: msg00001\r\nByte-Range: 1-*/10000\r\nContent-Type: text/plain\r\n",
                "a".repeat(10_000),
                '$');
        alice.peer().write(whole.substring(0, whole.indexOf("aaaa") + 9000));
        InputStream in = far.acceptRaw().getInputStream();
        String head = readTo("a".repeat(9000), in);
        alice.peer().close();
        String all = head + readTo("#\r\n", in);
        String last = all.substring(all.lastIndexOf("MSRP ")); // another one if the first was silent for too long
        assertThat(last).endsWith("\r\n-------" + last.split(" ")[1] + "#\r\n");
    }

    // ---- R12 ----

    @Test
    void r12_unknownMethodsPassAndTheirResponsesComeTheWholeWayBack() throws Exception {
        String headers = "Use-Nickname: \"alice\"\r\n";
        alice.peer().write(frame("tid00001", "NICKNAME", out(), ALICE, headers, null, '$'));
        Frame frame = far.read();
        assertThat(frame.text()).isEqualTo(frame(frame.id(), "NICKNAME", far.uri, alice.path(), headers, null, '$'));
        far.peer.write("MSRP " + frame.id() + " 425 Taken\r\nTo-Path: " + alice.path() + "\r\nFrom-Path: " + far.uri
                + "\r\n-------" + frame.id() + "$\r\n");
        Frame answer = alice.peer().read();
        assertThat(answer.startLine()).isEqualTo("MSRP tid00001 425 Taken");
        assertThat(answer.header("To-Path")).isEqualTo(ALICE);
        assertThat(answer.header("From-Path")).startsWith(alice.granted());
    }

    @Test
    void r12_butNotWithMoreContentThanOneMayHaveInOnePiece() throws Exception {
        String type = "Content-Type: text/plain\r\n";
        alice.peer().write(frame("tid00001", "NICKNAME", out(), ALICE, type, "x".repeat(10_241), '$'));
        assertThat(alice.peer().read().startLine()).startsWith("MSRP tid00001 413");
        alice.peer().write(frame("tid00002", "NICKNAME", out(), ALICE, type, "x".repeat(10_240), '$'));
        assertThat(far.read().body()).hasSize(10_240);
    }

    @Test
    void r12_withoutAGrantTheyAreUnknown() throws Exception {
        RawPeer peer = connect();
        peer.write(frame("tid00001", "NICKNAME", relay, far.uri, "", null, '$'));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00001 501");
    }
}
