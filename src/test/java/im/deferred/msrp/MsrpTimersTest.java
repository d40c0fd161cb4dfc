package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** The timers of connections and sessions, made short. */
class MsrpTimersTest extends MsrpFixture {
    @Override
    MsrpLimits limits() {
        return MsrpLimits.builder()
                .transactionTimeout(Duration.ofMillis(100))
                .reportTimeout(Duration.ofMillis(150))
                .firstRequestTimeout(Duration.ofMillis(200))
                .build();
    }

    @Test
    void m17_noResponseIsA408() throws Exception {
        Active active = active();
        CompletionStage<Delivery> sent = active.session().send(message("msg00001", "x"));
        active.peer().read();
        assertThat(await(sent)).isEqualTo(new Delivery.Refused(408, "No response"));
        assertThat(active.session().closed().toCompletableFuture()).isNotDone();
    }

    /** The response may take its time here, the REPORT alone is overdue. */
    @Test
    void noSuccessReportIsA408() throws Exception {
        endpoint = own(new MsrpEndpoint(
                MsrpLimits.builder().reportTimeout(Duration.ofMillis(150)).build()));
        Active active = active("relay0000000");
        CompletionStage<Delivery> sent = active.session().send(message("msg00001", "x"));
        active.peer().readAndAnswer("200 OK");
        assertThat(await(sent)).isEqualTo(new Delivery.Refused(408, "No success report"));
    }

    @Test
    void m30_connectionWithoutASessionIsCut() throws Exception {
        RawPeer peer = connect();
        assertThatThrownBy(peer::read).isInstanceOf(EOFException.class);
    }

    @Test
    void passiveSessionToWhichNobodyComesFails() throws Exception {
        MsrpSession session = endpoint.open(new MsrpAgreement(
                endpoint.newUri("127.0.0.1", 1),
                MsrpUri.parsePath(PEER),
                Role.PASSIVE,
                received,
                Duration.ofMillis(50)));
        assertThatThrownBy(() -> await(session.ready()))
                .hasCauseInstanceOf(MsrpSessionException.class)
                .hasMessageContaining("no connection within PT0.05S");
        await(session.closed());
    }
}
