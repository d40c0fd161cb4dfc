package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.RawPeer.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages of ours whose chunks are not all to be answered. */
class FailureReportTest extends MsrpFixture {
    private static final int CHUNK = MsrpLimits.DEFAULTS.chunkLength();

    static OutgoingMessage asking(MsrpContent content, boolean successReport, FailureReport failureReport) {
        return new OutgoingMessage("msg00001", "text/plain", Map.of(), content, successReport, failureReport);
    }

    static MsrpContent text(String text) {
        return MsrpContent.of(text.getBytes());
    }

    @Test
    void m14_theDefaultsAreNotWritten() throws Exception {
        Active active = active();
        active.session().send(message("msg00001", "x"));
        Frame frame = active.peer().read();
        assertThat(frame.header("Failure-Report")).isNull();
        assertThat(frame.header("Success-Report")).isNull();
    }

    @ParameterizedTest
    @EnumSource(names = {"NO", "PARTIAL"})
    void m15_whatNobodyIsAskedToConfirmIsOverWhenItHasLeft(FailureReport failureReport) throws Exception {
        Active active = active();
        CompletionStage<Delivery> sent = active.session().send(asking(text("x"), false, failureReport));
        Frame frame = active.peer().read();
        assertThat(frame.header("Failure-Report")).isEqualTo(failureReport.toString());
        assertThat(frame.header("Content-Type")).isEqualTo("text/plain");
        assertThat(await(sent)).isEqualTo(new Delivery.Unconfirmed());
    }

    @Test
    void m15_withPartialAnErrorRefusesWhileMoreIsToCome() throws Exception {
        Active active = active();
        HeldContent content = new HeldContent(2L * CHUNK);
        CompletionStage<Delivery> sent = active.session().send(asking(content, false, FailureReport.PARTIAL));
        active.peer().readAndAnswer("413 Stop");
        assertThat(await(sent)).isEqualTo(new Delivery.Refused(413, "Stop"));
        content.letGo();
        assertThat(active.peer().read().flag()).isEqualTo('#');
    }

    @Test
    void m15_withPartialASuccessIsNoNews() throws Exception {
        Active active = active();
        HeldContent content = new HeldContent(2L * CHUNK);
        CompletionStage<Delivery> sent = active.session().send(asking(content, false, FailureReport.PARTIAL));
        active.peer().readAndAnswer("200 OK");
        content.letGo();
        active.peer().readAndAnswer("200 OK");
        assertThat(await(sent)).isEqualTo(new Delivery.Unconfirmed());
        CompletionStage<Delivery> next = active.session().send(message("msg00002", "x"));
        active.peer().readAndAnswer("200 OK");
        assertThat(await(next)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void m20_aSuccessReportConfirmsWhereNoResponseIsDue() throws Exception {
        Active active = active();
        CompletionStage<Delivery> sent = active.session().send(asking(text("hello"), true, FailureReport.NO));
        Frame frame = active.peer().read();
        assertThat(frame.header("Success-Report")).isEqualTo("yes");
        active.peer()
                .write("MSRP rep00001 REPORT\r\nTo-Path: " + frame.header("From-Path") + "\r\nFrom-Path: "
                        + frame.header("To-Path") + "\r\nMessage-ID: msg00001\r\nByte-Range: 1-5/5\r\n"
                        + "Status: 000 200 OK\r\n-------rep00001$\r\n");
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void m15_manyMessagesNeedNoAnswer() throws Exception {
        Active active = active();
        List<CompletionStage<Delivery>> deliveries = new ArrayList<>();
        int count = 4 * MsrpLimits.DEFAULTS.maxUnanswered();
        for (int i = 0; i < count; i++) {
            deliveries.add(active.session()
                    .send(new OutgoingMessage(
                            "msg" + (10_000 + i), "text/plain", Map.of(), text("x"), false, FailureReport.NO)));
        }
        for (int i = 0; i < count; i++) {
            assertThat(active.peer().read().header("Message-ID")).isEqualTo("msg" + (10_000 + i));
        }
        for (CompletionStage<Delivery> delivery : deliveries) {
            assertThat(await(delivery)).isEqualTo(new Delivery.Unconfirmed());
        }
    }

    @Test
    void whatHasNotLeftIsLostWithItsSession() throws Exception {
        Active active = active();
        CompletionStage<Delivery> sent =
                active.session().send(asking(new HeldContent(2L * CHUNK), false, FailureReport.NO));
        active.peer().read();
        active.session().close();
        assertThat(await(sent)).isInstanceOf(Delivery.Lost.class);
    }
}
