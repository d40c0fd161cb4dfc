package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.deferred.msrp.RawPeer.Frame;
import java.io.EOFException;
import java.net.ServerSocket;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses, reports, and the connections that both go by. */
class MsrpReportsTest extends MsrpFixture {
    private static final String RELAYS = "msrp://127.0.0.1:9/inner0000000;tcp msrp://127.0.0.1:9/outer0000000;tcp";

    private static String chunk(MsrpSession session, String id, String headers, String body, char flag) {
        return request(session, id, "SEND", headers + "Content-Type: text/plain\r\n", body, flag);
    }

    @Test
    void m14_withoutTheHeadersChunksAreAnsweredAndNothingIsReported() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(chunk(session, "tid00001", "Message-ID: msg00001\r\n", "x", '$')
                + chunk(session, "tid00002", "Message-ID: msg00002\r\nSuccess-Report: no\r\n", "x", '$')
                + chunk(session, "tid00003", "Message-ID: msg00003\r\nSuccess-Report: what\r\n", "x", '$')
                + chunk(session, "tid00004", "Message-ID: msg00004\r\nFailure-Report: what\r\n", "x", '$'));
        for (int i = 1; i <= 4; i++) {
            assertThat(peer.read().startLine()).isEqualTo("MSRP tid0000" + i + " 200 OK");
        }
    }

    @Test
    void m15_eachChunkHasItsOwnAnswer() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(chunk(session, "tid00001", "Message-ID: msg00001\r\nFailure-Report: yes\r\n", "a", '+')
                + chunk(
                        session,
                        "tid00002",
                        "Message-ID: msg00001\r\nByte-Range: 2-2/3\r\nFailure-Report: no\r\n",
                        "b",
                        '+')
                + chunk(
                        session,
                        "tid00003",
                        "Message-ID: msg00001\r\nByte-Range: 3-3/3\r\nFailure-Report: yes\r\n",
                        "c",
                        '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00003 200 OK");
        assertThat(received.messages.remove().content()).asString().isEqualTo("abc");
    }

    @Test
    void m15_whatIsNeverAnsweredIsNotEvenWhenItIsForNobody() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        String stranger = "nobody000000";
        peer.write(chunk(session, "tid00001", "Message-ID: msg00001\r\nFailure-Report: no\r\n", "x", '$')
                        .replace(session.local().sessionId(), stranger)
                + chunk(session, "tid00002", "Message-ID: msg00002\r\nFailure-Report: partial\r\n", "x", '$')
                        .replace(session.local().sessionId(), stranger));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00002 481");
    }

    @Test
    void m16_m19_responsesGoOneHopAndReportsTheWholeWay() throws Exception {
        MsrpSession session = open(Role.PASSIVE, RELAYS + " " + PEER);
        RawPeer peer = connect();
        peer.write(chunk(session, "tid00001", "Message-ID: msg00001\r\nSuccess-Report: yes\r\n", "hello", '$')
                .replace("From-Path: ", "From-Path: " + RELAYS + " "));
        Frame response = peer.read();
        assertThat(response.startLine()).isEqualTo("MSRP tid00001 200 OK");
        assertThat(response.header("To-Path")).isEqualTo(RELAYS.split(" ")[0]);
        assertThat(response.header("From-Path")).isEqualTo(session.local().toString());
        Frame report = peer.read();
        assertThat(report.startLine()).endsWith(" REPORT");
        assertThat(report.header("To-Path")).isEqualTo(RELAYS + " " + PEER);
        assertThat(report.header("From-Path")).isEqualTo(session.local().toString());
    }

    @Test
    void m18_aReportHasWhatItNeedsAndAsksForNothing() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(chunk(session, "tid00001", "Message-ID: msg00001\r\nSuccess-Report: yes\r\n", "hello", '$'));
        Frame response = peer.read();
        Frame report = peer.read();
        assertThat(report.text())
                .isEqualTo("MSRP " + report.id() + " REPORT\r\nTo-Path: " + PEER + "\r\nFrom-Path: " + session.local()
                        + "\r\nMessage-ID: msg00001\r\nByte-Range: 1-5/5\r\nStatus: 000 200 OK\r\n-------" + report.id()
                        + "$\r\n");
        assertThat(report.id()).isNotEqualTo(response.id());
    }

    @Test
    void m18_aReportIsNotReportedOnWhateverItAsksFor() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(request(
                        session,
                        "tid00001",
                        "REPORT",
                        "Message-ID: msg00001\r\nByte-Range: 1-1/1\r\nSuccess-Report: yes\r\nFailure-Report: yes\r\n",
                        null,
                        '$')
                + send(session, "tid00002", "msg00002", "1-1/1", "x", '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
    }

    @Test
    void m20_oneReportWhenTheMessageIsWholeThoughItsChunksComeInAnyOrder() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        String headers = "Message-ID: msg00001\r\nSuccess-Report: yes\r\nByte-Range: ";
        peer.write(chunk(session, "tid00001", headers + "4-6/6\r\n", "def", '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        peer.write(chunk(session, "tid00002", headers + "1-3/6\r\n", "abc", '+'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
        assertThat(peer.read().header("Byte-Range")).isEqualTo("1-6/6");
        peer.write(send(session, "tid00003", "msg00003", "1-1/1", "x", '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00003 200 OK");
    }

    @Test
    void m20_whatWasRefusedIsNotReportedAsASuccess() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        String headers = "Message-ID: msg00001\r\nSuccess-Report: yes\r\n";
        peer.write(request(session, "tid00001", "SEND", headers + "Content-Type: image/png\r\n", "x", '$')
                + chunk(
                        session,
                        "tid00002",
                        headers.replace("1\r", "2\r") + "Byte-Range: 2000001-2000001/*\r\n",
                        "x",
                        '+')
                + chunk(session, "tid00003", headers.replace("1\r", "2\r"), "x".repeat(2_000_000), '+')
                + chunk(session, "tid00004", headers.replace("1\r", "2\r") + "Byte-Range: 2000002-*/*\r\n", "x", '$')
                + send(session, "tid00005", "msg00005", "1-1/1", "x", '$'));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00001 415");
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00003 200 OK");
        assertThat(peer.read().startLine()).startsWith("MSRP tid00004 413");
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00005 200 OK");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Message-ID: msgother\r\nByte-Range: 1-1/1\r\nStatus: 000 413 No\r\n",
                "Message-ID: msg00001\r\nByte-Range: 1-1/1\r\nStatus: 001 413 No\r\n",
                "Message-ID: msg00001\r\nByte-Range: 1-1/1\r\nStatus: 413 No\r\n",
                "Message-ID: msg00001\r\nByte-Range: 1-1/1\r\nStatus: 000 41\r\n",
                "Message-ID: msg00001\r\nByte-Range: one\r\nStatus: 000 413 No\r\n",
                "Message-ID: msg00001\r\nByte-Range: 1-1/1\r\n",
                "Byte-Range: 1-1/1\r\nStatus: 000 413 No\r\n"
            })
    void m21_aReportOfSomethingElseChangesNothing(String headers) throws Exception {
        Active active = active();
        CompletionStage<Delivery> sent = active.session().send(message("msg00001", "x"));
        Frame frame = active.peer().read();
        active.peer()
                .write("MSRP rep00001 REPORT\r\nTo-Path: " + frame.header("From-Path") + "\r\nFrom-Path: "
                        + frame.header("To-Path") + "\r\n" + headers + "-------rep00001$\r\n" + frame.answer("200 OK"));
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void m22_aFailureReportRefusesWhatWasAnswered200() throws Exception {
        Active active = active();
        HeldContent content = new HeldContent(2L * MsrpLimits.DEFAULTS.chunkLength());
        CompletionStage<Delivery> sent =
                active.session().send(new OutgoingMessage("msg00001", "text/plain", Map.of(), content, false));
        Frame frame = active.peer().readAndAnswer("200 OK");
        active.peer()
                .write(
                        "MSRP rep00001 REPORT\r\nTo-Path: " + frame.header("From-Path") + "\r\nFrom-Path: "
                                + frame.header("To-Path")
                                + "\r\nMessage-ID: msg00001\r\nByte-Range: 1-9/*\r\nStatus: 000 413 Stop\r\n-------rep00001$\r\n");
        assertThat(await(sent)).isEqualTo(new Delivery.Refused(413, "Stop"));
        content.letGo();
        assertThat(active.peer().read().flag()).isEqualTo('#');
    }

    @Test
    void m26_anotherPortIsAnotherConnection() throws Exception {
        ServerSocket one = server();
        ServerSocket two = server();
        MsrpSession first = open(Role.ACTIVE, uri(one, "one00000000").toString());
        MsrpSession second = open(Role.ACTIVE, uri(two, "two00000000").toString());
        assertThat(accept(one).readAndAnswer("200 OK").header("To-Path")).contains("one00000000");
        assertThat(accept(two).readAndAnswer("200 OK").header("To-Path")).contains("two00000000");
        await(first.ready());
        await(second.ready());
    }

    @Test
    void m26_aConnectionThatCameInServesSeveralSessions() throws Exception {
        MsrpSession one = passive(received);
        MsrpSession two = passive(received);
        RawPeer peer = connect();
        peer.write(send(one, "tid00001", "msg00001", "1-1/1", "x", '$')
                + send(two, "tid00002", "msg00002", "1-1/1", "y", '$')
                + send(one, "tid00003", "msg00003", "1-1/1", "z", '$'));
        for (int i = 1; i <= 3; i++) {
            assertThat(peer.read().startLine()).isEqualTo("MSRP tid0000" + i + " 200 OK");
        }
    }

    @Test
    void m29_aBrokenConnectionEndsAllItsSessionsAndIsNotUsedAgain() throws Exception {
        ServerSocket server = server();
        MsrpSession one = open(Role.ACTIVE, uri(server, "one00000000").toString());
        RawPeer peer = accept(server);
        peer.readAndAnswer("200 OK");
        MsrpSession two = open(Role.ACTIVE, uri(server, "two00000000").toString());
        peer.readAndAnswer("200 OK");
        await(one.ready());
        await(two.ready());
        peer.close();
        await(one.closed());
        await(two.closed());
        assertThat(await(one.send(message("msg00001", "x")))).isInstanceOf(Delivery.Lost.class);
        MsrpSession three = open(Role.ACTIVE, uri(server, "three000000").toString());
        assertThat(accept(server).readAndAnswer("200 OK").header("To-Path")).contains("three000000");
        await(three.ready());
    }

    @Test
    void m28_m29_aSessionThatIsOverIsUnknown() throws Exception {
        MsrpSession one = passive(received);
        MsrpSession two = passive(received);
        RawPeer peer = connect();
        peer.write(send(one, "tid00001", "msg00001", "1-1/1", "x", '$')
                + send(two, "tid00002", "msg00002", "1-1/1", "x", '$'));
        peer.read();
        peer.read();
        one.close();
        await(one.closed());
        peer.write(send(one, "tid00003", "msg00003", "1-1/1", "x", '$'));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00003 481");
        two.close();
        assertThatThrownBy(peer::read).isInstanceOf(EOFException.class);
    }

    @Test
    void m28_theToPathNamesThisEndAlone() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-1/1", "x", '$')
                .replace(session.local().toString(), session.local() + " " + PEER));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00001 481");
        peer.write(send(session, "tid00002", "msg00002", "1-1/1", "x", '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
        assertThat(received.messages.poll(10, TimeUnit.SECONDS).messageId()).isEqualTo("msg00002");
    }
}
