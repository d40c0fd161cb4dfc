package im.deferred.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import im.deferred.core.ManualTimer;
import im.deferred.core.RefusedException;
import im.deferred.msrp.Delivery;
import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.MsrpAgreement;
import im.deferred.msrp.MsrpContent;
import im.deferred.msrp.MsrpEndpoint;
import im.deferred.msrp.MsrpLimits;
import im.deferred.msrp.MsrpSession;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.OutgoingMessage;
import im.deferred.msrp.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The user's MSRP is a real endpoint; the user's SIP is the test. */
class AnsweredSessionTest {

    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final ManualTimer timer = new ManualTimer();
    private final MsrpEndpoint ours = new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, null);
    private final MsrpEndpoint theirs = new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, null);
    private MsrpUri local;
    private MsrpUri remote;
    private MsrpSession opened;
    private MsrpSession client;
    private FakeInvite sip;

    @BeforeEach
    void listen() throws IOException {
        InetSocketAddress here = ours.listen(new InetSocketAddress(LOOPBACK, 0));
        InetSocketAddress there = theirs.listen(new InetSocketAddress(LOOPBACK, 0));
        local = ours.offer(false, LOOPBACK.getHostAddress(), here.getPort());
        remote = theirs.newUri(LOOPBACK.getHostAddress(), there.getPort());
        sip = new FakeInvite(offer("a=setup:actpass"));
    }

    @AfterEach
    void close() {
        ours.close();
        theirs.close();
    }

    private String offer(String... attributes) {
        return "v=0\r\nt=0 0\r\nm=message " + remote.port() + " TCP/MSRP *\r\na=path:" + remote
                + "\r\na=accept-types:message/sip\r\n" + String.join("\r\n", attributes) + "\r\n";
    }

    private AnsweredSession invited() throws RefusedException {
        AnsweredSession session = new AnsweredSession(sip.request, this::open, timer);
        session.attach(sip.session);
        return session;
    }

    private AnsweredSession answered() throws RefusedException {
        AnsweredSession session = invited();
        answer(session);
        return session;
    }

    private void answer(AnsweredSession session) {
        LocalMedia said = LocalMedia.answering(session.offer(), LocalEnd.at(local), Terms.taking(100), List.of());
        session.answer(new Description(said, 7), IncomingHandler.REFUSE_ALL);
    }

    private AnsweredSession connected() throws Exception {
        AnsweredSession session = answered();
        assertThat(sip.next().what()).isEqualTo("200");
        session.acknowledged();
        client = theirs.open(
                new MsrpAgreement(remote, List.of(local), Role.ACTIVE, IncomingHandler.REFUSE_ALL, TIMEOUT));
        await(session.established());
        timer.next(); // for the ACK
        return session;
    }

    @Test
    void fromTheAnswerToTheBye() throws Exception {
        AnsweredSession session = connected();

        assertThat(session.accepts("message/sip")).isTrue();
        assertThat(session.accepts("text/plain")).isFalse();
        assertThat(await(session.send(
                        new OutgoingMessage("m123", "message/sip", Map.of(), MsrpContent.of(new byte[10]), false))))
                .isEqualTo(new Delivery.Refused(403, "Send only session"));

        session.end();
        session.end();
        assertThat(sip.next().what()).isEqualTo("BYE");
        assertThat(sip.sentNothingMore()).isTrue();
        session.byeAnswered(sip.answer("BYE", 200, Map.of()));
        await(session.ended());
        await(opened.closed());
    }

    @Test
    void theAnswerSaysWhatItIs() throws Exception {
        answered();

        FakeInvite.Sent ok = sip.next();
        assertThat(ok.sdp())
                .contains(
                        "o=- 7 7 IN IP4 127.0.0.1\r\n",
                        "m=message " + local.port() + " TCP/MSRP *\r\na=path:" + local
                                + "\r\na=accept-types:*\r\na=max-size:100\r\na=setup:passive\r\na=recvonly\r\n")
                .doesNotContain("msrp-cema");
        assertThat(ok.headers()).containsEntry("Allow", "INVITE, ACK, CANCEL, BYE, UPDATE");
    }

    /** RFC 3261 §15: no BYE before the ACK. */
    @Test
    void aByeWaitsForTheAck() throws Exception {
        AnsweredSession session = answered();
        assertThat(sip.next().what()).isEqualTo("200");

        session.end();
        assertThat(sip.sentNothingMore()).isTrue();
        session.acknowledged();

        assertThat(sip.next().what()).isEqualTo("BYE");
    }

    /** RFC 3261 §13.3.1.4. */
    @Test
    void withoutAnAckItIsEnded() throws Exception {
        AnsweredSession session = answered();
        assertThat(sip.next().what()).isEqualTo("200");

        ManualTimer.Alarm noAck = timer.next();
        assertThat(noAck.after()).isEqualTo(Duration.ofSeconds(40));
        noAck.run();

        assertThat(sip.next().what()).isEqualTo("BYE");
        session.leftBy(sip.session);
        await(session.ended());
    }

    /** Only after the ACK the user knows whom to expect. */
    @Test
    void m33_whereTheServerConnectsItWaitsForTheAck() throws Exception {
        sip = new FakeInvite(offer("a=setup:passive"));
        AnsweredSession session = answered();
        assertThat(sip.next().sdp()).contains("a=setup:active\r\n");
        assertThat(opened).isNull();
        theirs.open(new MsrpAgreement(remote, List.of(local), Role.PASSIVE, IncomingHandler.REFUSE_ALL, TIMEOUT));

        session.acknowledged();

        await(session.established());
    }

    @Test
    void whatIsCancelledIsNotAnswered() throws Exception {
        AnsweredSession session = invited();
        session.ring(180);
        assertThat(sip.next().what()).isEqualTo("180");

        session.cancelled();
        answer(session);
        session.ring(180);

        await(session.givenUp());
        await(session.ended());
        assertThat(sip.sentNothingMore()).isTrue();
        assertThat(opened).isNull();
    }

    @Test
    void aByeBeforeTheAnswerLeavesNoInviteUnanswered() throws Exception {
        AnsweredSession session = invited();

        session.leftBy(sip.session);
        answer(session);

        assertThat(sip.next().what()).isEqualTo("487");
        assertThat(sip.sentNothingMore()).isTrue();
        await(session.ended());
    }

    @Test
    void aCancelThatComesTooLateChangesNothing() throws Exception {
        AnsweredSession session = connected();

        session.cancelled();

        assertThat(session.givenUp().toCompletableFuture()).isNotDone();
        assertThat(session.ended().toCompletableFuture()).isNotDone();
    }

    @Test
    void whatIsGivenUpBeforeItsAnswerIsRefused() throws Exception {
        AnsweredSession session = invited();

        session.end();
        answer(session);

        assertThat(sip.next().what()).isEqualTo("480");
        assertThat(sip.sentNothingMore()).isTrue();
        await(session.ended());
    }

    @Test
    void anAnswerThatCannotBeSentLeavesNothingBehind() throws Exception {
        sip.failToSend("200");
        AnsweredSession session = answered();

        await(session.ended());
        await(opened.closed());
        assertThat(session.established()).isCompletedExceptionally();
    }

    @Test
    void aConnectionThatIsLostEndsTheDialog() throws Exception {
        connected();

        client.close();

        assertThat(sip.next().what()).isEqualTo("BYE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello", "v=0\r\n", "v=0\r\nm=message 0 TCP/MSRP *\r\n"})
    void anInviteWithoutAnOfferForMsrpIs488(String offer) {
        sip = new FakeInvite(offer);

        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(this::invited)
                .returns(488, RefusedException::status);
    }

    @Test
    void m38_anOfferOverTlsThatBeginsInTheClearIs488() {
        sip = new FakeInvite(offer().replace("TCP/MSRP", "TCP/TLS/MSRP"));

        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(this::invited)
                .returns(488, RefusedException::status);
    }

    @Test
    void aRefreshThatChangesTheDirectionIsAnsweredWithANewVersion() throws Exception {
        AnsweredSession session = connected();

        session.refreshed(sip.again("INVITE", offer("a=setup:actpass", "a=inactive"), Map.of()));
        assertThat(sip.next().sdp()).contains("o=- 7 8 IN", "a=setup:passive\r\na=inactive\r\n");
        session.refreshed(sip.again("UPDATE", offer("a=setup:actpass", "a=inactive"), Map.of()));
        assertThat(sip.next().sdp()).contains("o=- 7 8 IN");
        session.refreshed(sip.again("INVITE", offer(), Map.of()));
        assertThat(sip.next().sdp()).contains("o=- 7 9 IN", "a=recvonly\r\n").doesNotContain("a=setup");
        session.refreshed(sip.again("INVITE", null, Map.of()));
        assertThat(sip.next().sdp()).contains("o=- 7 10 IN", "a=setup:passive\r\na=recvonly\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x;tcp", "port"})
    void aRefreshThatMovesTheStreamIs488AndChangesNothing(String change) throws Exception {
        AnsweredSession session = connected();
        String moved = change.equals("port")
                ? offer().replace("m=message " + remote.port(), "m=message 0")
                : offer().replace(";tcp", change);

        session.refreshed(sip.again("INVITE", moved, Map.of()));

        assertThat(sip.next().what()).isEqualTo("488");
        assertThat(session.ended().toCompletableFuture()).isNotDone();
        session.refreshed(sip.again("UPDATE", null, Map.of()));
        FakeInvite.Sent ok = sip.next();
        assertThat(ok.what()).isEqualTo("200");
        assertThat(ok.sdp()).isNull();
    }

    @Test
    void aRefreshOfWhatIsOverIs481() throws Exception {
        AnsweredSession session = connected();
        session.end();
        assertThat(sip.next().what()).isEqualTo("BYE");

        session.refreshed(sip.again("INVITE", offer(), Map.of()));

        assertThat(sip.next().what()).isEqualTo("481");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            120               | timer | 120;refresher=uac | timer | PT1M28S
            1800;refresher=UAC| timer | 1800;refresher=uac| timer | PT29M28S
            90                | none  | 90;refresher=uas  | none  | PT45S
            120;refresher=uas | timer | 120;refresher=uas | none  | PT1M
            """)
    void s4_whatIsAskedForIsAgreedOn(String asked, String supported, String answered, String required, Duration first)
            throws Exception {
        sip.header("Session-Expires", asked);
        if (supported != null) {
            sip.header("Supported", supported);
        }
        answered();

        FakeInvite.Sent ok = sip.next();
        assertThat(ok.headers().get("Session-Expires")).isEqualTo(answered);
        assertThat(ok.headers().get("Require")).isEqualTo(required);
        assertThat(timer.next().after()).isEqualTo(first);
    }

    @Test
    void s4_tooShortAnIntervalIs422() {
        sip.header("Session-Expires", "89");

        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(this::invited)
                .satisfies(e -> assertThat(e.response(sip.request)).isNotNull())
                .returns(422, RefusedException::status);
    }

    @Test
    void s4_aSessionThatIsNotRefreshedEnds() throws Exception {
        sip.header("Session-Expires", "120").header("Supported", "timer");
        AnsweredSession session = answered();
        assertThat(sip.next().what()).isEqualTo("200");
        session.acknowledged();
        ManualTimer.Alarm expiry = timer.next();
        assertThat(timer.next().after()).isEqualTo(Duration.ofSeconds(40));

        session.refreshed(
                sip.again("UPDATE", null, Map.of("Session-Expires", "120;refresher=uac", "Supported", "timer")));
        assertThat(sip.next().headers()).containsEntry("Session-Expires", "120;refresher=uac");
        assertThat(expiry.isCancelled()).isTrue();
        timer.next().run();

        assertThat(sip.next().what()).isEqualTo("BYE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UPDATE", "INVITE"})
    void s4_theServerRefreshesWhereItIsAskedTo(String method) throws Exception {
        sip.header("Session-Expires", "120;refresher=uas");
        sip.header("Allow", "INVITE, ACK, BYE" + (method.equals("UPDATE") ? ", UPDATE" : ""));
        AnsweredSession session = answered();
        assertThat(sip.next().what()).isEqualTo("200");
        session.acknowledged();
        theirs.open(new MsrpAgreement(remote, List.of(local), Role.ACTIVE, IncomingHandler.REFUSE_ALL, TIMEOUT));
        await(session.established());

        ManualTimer.Alarm half = timer.next();
        ManualTimer.Alarm expiry = timer.next();
        assertThat(timer.next().after()).isEqualTo(Duration.ofSeconds(40)); // for the ACK
        half.run();
        FakeInvite.Sent refresh = sip.next();
        assertThat(refresh.what()).isEqualTo(method);
        assertThat(refresh.headers()).containsEntry("Session-Expires", "120;refresher=uac");
        if (method.equals("INVITE")) {
            assertThat(refresh.sdp()).contains("a=path:" + local);
            session.answered(sip.answer("INVITE", 200, Map.of("Session-Expires", "120;refresher=uac")));
            assertThat(sip.next().what()).isEqualTo("ACK");
        } else {
            session.refreshAnswered(sip.answer("UPDATE", 200, Map.of("Session-Expires", "120;refresher=uac")));
        }
        assertThat(expiry.isCancelled()).isTrue();

        timer.next().run();
        assertThat(sip.next().what()).isEqualTo(method);
        expiry = timer.next();
        if (method.equals("INVITE")) {
            session.refused(sip.answer(method, 491, Map.of()));
        } else {
            session.refreshAnswered(sip.answer(method, 491, Map.of()));
        }
        ManualTimer.Alarm again = timer.next();
        assertThat(again.after()).isBetween(Duration.ZERO, Duration.ofSeconds(2)); // the Call-ID is the client's
        again.run();
        assertThat(sip.next().what()).isEqualTo(method);
        assertThat(expiry.isCancelled()).isFalse();

        session.refreshAnswered(sip.answer("UPDATE", 481, Map.of()));
        assertThat(sip.next().what()).isEqualTo("BYE");
    }

    private MsrpSession open(MsrpAgreement agreement) {
        opened = ours.open(agreement);
        return opened;
    }

    private static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture()
                .orTimeout(TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                .join();
    }
}
