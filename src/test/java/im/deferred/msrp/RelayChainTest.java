package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.RawPeer.Frame;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client that stands behind two relays: the inner one, which is next to it, and an outer one. */
class RelayChainTest extends RelayFixture {
    private String outer;
    private RawPeer peer;
    private String inner;
    private String usePath;

    @BeforeEach
    void authenticateWithBoth() throws Exception {
        MsrpEndpoint further = own(new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, null));
        outer = "msrp://127.0.0.1:" + further.listen(loopback(0)).getPort() + ";tcp";
        relay(further, outer);
        peer = connect();
        inner = granted(peer, "alice", "secret", relay, ALICE, "");
        usePath = granted(peer, "bob", "hush", inner + " " + outer, ALICE, "");
    }

    private String outerGranted() {
        return usePath.split(" ")[1];
    }

    @Test
    void r05_theUsePathListsBothAsTheClientsMessagesPassThem() {
        assertThat(usePath.split(" ")).hasSize(2).startsWith(inner);
        MsrpUri uri = MsrpUri.parse(outerGranted());
        assertThat(new MsrpUri(uri.secure(), uri.host(), uri.port(), null)).isEqualTo(MsrpUri.parse(outer));
        assertThat(uri.sessionId()).isNotNull();
    }

    @Test
    void r05_theAnswerToAuthComesTheWholeWayBack() throws Exception {
        Frame challenged = auth(peer, inner + " " + outer, ALICE, "");
        assertThat(challenged.startLine()).contains(" 401");
        assertThat(challenged.header("To-Path")).isEqualTo(ALICE);
        assertThat(challenged.header("From-Path")).startsWith(inner);
    }

    @Test
    void r05_r06_messagesPassBothWays() throws Exception {
        Far far = new Far();
        peer.write(send("tid00001", usePath + " " + far.uri, ALICE, "msg00001", "", "out"));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        Frame out = far.read();
        assertThat(out.header("To-Path")).isEqualTo(far.uri);
        assertThat(out.header("From-Path")).isEqualTo(outerGranted() + " " + inner + " " + ALICE);
        far.peer.write(out.answer("200 OK")
                + send("tid00002", out.header("From-Path"), far.uri, "msg00002", "Success-Report: yes\r\n", "in"));
        assertThat(far.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
        Frame in = peer.read();
        assertThat(in.header("To-Path")).isEqualTo(ALICE);
        assertThat(in.header("From-Path")).isEqualTo(usePath + " " + far.uri);
        assertThat(in.body()).isEqualTo("in");
    }

    @Test
    void r09_r10_aFailureBehindBothIsReportedToTheSender() throws Exception {
        Far far = new Far();
        peer.write(send("tid00001", usePath + " " + far.uri, ALICE, "msg00001", "", "out"));
        peer.read();
        Frame out = far.read();
        far.peer.write(out.answer("413 Stop"));
        Frame report = peer.read();
        assertThat(report.startLine()).endsWith(" REPORT");
        assertThat(report.header("To-Path")).isEqualTo(ALICE);
        assertThat(report.header("From-Path")).startsWith(inner + " " + outerGranted());
        assertThat(report.header("Status")).startsWith("000 413");

        far.peer.write(send("tid00002", out.header("From-Path"), far.uri, "msg00002", "", "in"));
        assertThat(far.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
        Frame in = peer.read();
        peer.write(in.answer("415 No"));
        Frame back = far.read();
        assertThat(back.startLine()).endsWith(" REPORT");
        assertThat(back.header("To-Path")).isEqualTo(far.uri);
        assertThat(back.header("Message-ID")).isEqualTo("msg00002");
        assertThat(back.header("Status")).startsWith("000 415");
    }
}
