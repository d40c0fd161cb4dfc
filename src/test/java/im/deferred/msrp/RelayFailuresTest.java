package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.deferred.msrp.RawPeer.Frame;
import java.io.EOFException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Next hops that refuse, are silent, or are not there; they may be silent for a short time only, but not so short that a busy machine is. */
class RelayFailuresTest extends RelayFixture {
    private Client alice;
    private Far far;

    @Override
    MsrpLimits limits() {
        return MsrpLimits.builder().transactionTimeout(Duration.ofSeconds(3)).build();
    }

    @BeforeEach
    void authenticate() throws Exception {
        alice = alice();
        far = new Far();
    }

    private void send(String id, String headers) throws Exception {
        alice.peer().write(send(id, alice.granted() + " " + far.uri, ALICE, "msg" + id, headers, "hello"));
    }

    private void expect200(String id) throws Exception {
        assertThat(alice.peer().read().startLine()).isEqualTo("MSRP " + id + " 200 OK");
    }

    private Frame report(String id, String status) throws Exception {
        Frame report = alice.peer().read();
        assertThat(report.startLine()).endsWith(" REPORT");
        assertThat(report.header("To-Path")).isEqualTo(ALICE);
        assertThat(report.header("From-Path")).startsWith(alice.granted());
        assertThat(report.header("Message-ID")).isEqualTo("msg" + id);
        assertThat(report.header("Status")).startsWith("000 " + status);
        assertThat(report.header("Success-Report")).isNull();
        assertThat(report.header("Failure-Report")).isNull();
        assertThat(report.flag()).isEqualTo('$');
        return report;
    }

    @ParameterizedTest
    @ValueSource(strings = {"413 Stop", "400", "481 No such session", "606 Odd"})
    void r09_whatTheNextHopAnswersIsReported(String status) throws Exception {
        send("tid00001", "");
        far.readAndAnswer();
        expect200("tid00001");
        send("tid00002", "");
        far.peer.write(far.read().answer(status));
        expect200("tid00002");
        assertThat(report("tid00002", status).header("Byte-Range")).isEqualTo("1-5/5");
    }

    @Test
    void r09_aReportNeverComesBeforeTheAnswer() throws Exception {
        String whole = send("tid00001", alice.granted() + " " + far.uri, ALICE, "msgtid00001", "", "x".repeat(9000));
        int most = whole.indexOf("xxxx") + 5000;
        alice.peer().write(whole.substring(0, most));
        far.peer = accept(far.server);
        far.peer.close();
        alice.peer().write(whole.substring(most));
        expect200("tid00001");
        report("tid00001", "408");
    }

    /** A next hop need not wait for the end of a chunk to stop it. */
    @Test
    void r09_aRefusalBeforeTheEndIsReportedAfterIt() throws Exception {
        String whole = send("tid00001", alice.granted() + " " + far.uri, ALICE, "msgtid00001", "", "x".repeat(9000));
        int most = whole.indexOf("xxxx") + 5000;
        alice.peer().write(whole.substring(0, most));
        far.peer = accept(far.server);
        far.peer.write(far.peer.readHead().answer("413 Stop"));
        alice.peer().write(whole.substring(most));
        expect200("tid00001");
        report("tid00001", "413 Stop");
    }

    @Test
    void r09_silenceIsA408() throws Exception {
        send("tid00001", "");
        far.read();
        expect200("tid00001");
        report("tid00001", "408");
    }

    @Test
    void r09_aNextHopThatIsNotThereIsA408() throws Exception {
        String nobody = "msrp://127.0.0.1:1/nobody000000;tcp";
        alice.peer().write(send("tid00001", alice.granted() + " " + nobody, ALICE, "msgtid00001", "", "hello"));
        expect200("tid00001");
        report("tid00001", "408");
    }

    @Test
    void r09_aNextHopThatIsLostIsA408() throws Exception {
        send("tid00001", "");
        far.read();
        expect200("tid00001");
        far.peer.close();
        report("tid00001", "408");
        send("tid00002", "");
        far.peer = null;
        assertThat(far.read().header("Message-ID")).isEqualTo("msgtid00002");
    }

    @Test
    void r09_aClientThatIsLostIsReportedToItsPeerBeforeTheConnectionIsClosed() throws Exception {
        RawPeer peer = connect();
        peer.write(send("tid00001", alice.path(), far.uri, "msg00001", "", "hello"));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        alice.peer().read();
        alice.peer().close();
        Frame report = peer.read();
        assertThat(report.startLine()).endsWith(" REPORT");
        assertThat(report.header("Message-ID")).isEqualTo("msg00001");
        assertThat(report.header("Status")).startsWith("000 408");
        assertThatThrownBy(peer::read).isInstanceOf(EOFException.class);
    }

    @Test
    void r09_withNoNothingIsReported() throws Exception {
        send("tid00001", "Failure-Report: no\r\n");
        far.peer = accept(far.server);
        far.peer.write(far.read().answer("413 Stop"));
        send("tid00002", "Failure-Report: no\r\n"); // not answered at all
        far.read();
        send("tid00003", "");
        far.read();
        expect200("tid00003");
        report("tid00003", "408");
    }

    @Test
    void r09_withPartialErrorsAreReportedAndSilenceIsNot() throws Exception {
        send("tid00001", "Failure-Report: partial\r\n");
        far.read(); // not answered at all
        send("tid00002", "Failure-Report: partial\r\n");
        far.peer.write(far.read().answer("415 No"));
        report("tid00002", "415");
        send("tid00003", "");
        far.read();
        expect200("tid00003");
        report("tid00003", "408");
    }

    @Test
    void r09_aClientThatRefusesIsReportedToItsPeer() throws Exception {
        RawPeer peer = connect();
        String path = "msrp://127.0.0.1:9/inner0000000;tcp " + far.uri;
        peer.write(send("tid00001", alice.path(), path, "msg00001", "", "hello"));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        alice.peer().write(alice.peer().read().answer("403 No"));
        Frame report = peer.read();
        assertThat(report.startLine()).endsWith(" REPORT");
        assertThat(report.header("To-Path")).isEqualTo(path);
        assertThat(report.header("From-Path")).startsWith(alice.granted());
        assertThat(report.header("Status")).startsWith("000 403");
        assertThat(report.header("Byte-Range")).isEqualTo("1-5/5");
    }

    @Test
    void r09_ofAChunkThatRefusedItsOwnRangeIsReported() throws Exception {
        String head = "Message-ID: msg00001\r\nContent-Type: text/plain\r\n";
        String path = alice.granted() + " " + far.uri;
        alice.peer()
                .write(frame("tid00001", "SEND", path, ALICE, "Byte-Range: 1-3/6\r\n" + head, "abc", '+')
                        + frame("tid00002", "SEND", path, ALICE, "Byte-Range: 4-6/6\r\n" + head, "def", '$'));
        expect200("tid00001");
        expect200("tid00002");
        Frame one = far.read();
        far.peer.write(one.answer("200 OK") + far.read().answer("413 Stop"));
        Frame report = alice.peer().read();
        assertThat(report.header("Byte-Range")).isEqualTo("4-6/6");
    }
}
