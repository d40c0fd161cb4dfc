package im.deferred.msrp;

import static im.deferred.msrp.FailureReportTest.asking;
import static im.deferred.msrp.FailureReportTest.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which timers run for a message whose chunks are not all to be answered; all of them are short. */
class FailureReportTimersTest extends MsrpFixture {
    private static final int CHUNK = MsrpLimits.DEFAULTS.chunkLength();

    @Override
    MsrpLimits limits() {
        return MsrpLimits.builder()
                .transactionTimeout(Duration.ofMillis(100))
                .reportTimeout(Duration.ofMillis(150))
                .build();
    }

    @ParameterizedTest
    @EnumSource(names = {"NO", "PARTIAL"})
    void m17_noTimerRunsWhereNoResponseIsDue(FailureReport failureReport) throws Exception {
        Active active = active();
        HeldContent content = new HeldContent(2L * CHUNK);
        CompletionStage<Delivery> sent = active.session().send(asking(content, false, failureReport));
        active.peer().read();
        MsrpSession other = open(
                Role.ACTIVE, active.session().remotePath().get(0).toString().replace("peer0000000", "other000000"));
        active.peer().readAndAnswer("200 OK");
        assertThat(await(other.send(message("msg00002", "x")))).isEqualTo(new Delivery.Refused(408, "No response"));
        assertThat(sent.toCompletableFuture()).isNotDone();
        active.peer().read();
        content.letGo();
        assertThat(active.peer().read().flag()).isEqualTo('$');
        assertThat(await(sent)).isEqualTo(new Delivery.Unconfirmed());
    }

    @Test
    void aSuccessReportThatWasAskedForIsWaitedForAllTheSame() throws Exception {
        Active active = active();
        CompletionStage<Delivery> sent = active.session().send(asking(text("x"), true, FailureReport.NO));
        assertThat(await(sent)).isEqualTo(new Delivery.Refused(408, "No success report"));
    }
}
