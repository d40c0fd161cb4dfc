package im.deferred.session;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.core.ManualTimer;
import im.deferred.msrp.Delivery;
import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.MsrpAgreement;
import im.deferred.msrp.MsrpContent;
import im.deferred.msrp.MsrpEndpoint;
import im.deferred.msrp.MsrpLimits;
import im.deferred.msrp.MsrpSession;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.OutgoingMessage;
import im.deferred.msrp.RelayAccess;
import im.deferred.msrp.RelayGrant;
import im.deferred.msrp.RelayLimits;
import im.deferred.msrp.RelaySettings;
import im.deferred.msrp.Role;
import im.deferred.msrp.auth.Credentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client's MSRP is a real endpoint; its SIP is the test. */
class InvitedSessionTest {

    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final FakeDialog sip = new FakeDialog();
    private final ManualTimer timer = new ManualTimer();
    private final MsrpEndpoint ours = new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, null);
    private final MsrpEndpoint theirs = new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, null);
    private final MsrpUri local = ours.newUri(LOOPBACK.getHostAddress(), 2855);
    private final InvitedSession session = new InvitedSession(sip.invite, this::open, timer);
    private MsrpUri remote;
    private MsrpSession opened;
    private MsrpSession client;

    @BeforeEach
    void listen() throws IOException {
        InetSocketAddress address = theirs.listen(new InetSocketAddress(LOOPBACK, 0));
        remote = theirs.newUri(LOOPBACK.getHostAddress(), address.getPort());
        client = theirs.open(
                new MsrpAgreement(remote, List.of(local), Role.PASSIVE, IncomingHandler.REFUSE_ALL, TIMEOUT));
        session.offering(media(LocalEnd.at(local)));
        session.attach(sip.session);
    }

    @AfterEach
    void close() {
        ours.close();
        theirs.close();
    }

    @Test
    void fromInviteToBye() throws Exception {
        session.answered(sip.ok(sip.session, answer("a=max-size:100")));
        await(session.established());

        assertThat(sip.sent).containsExactly("ACK");
        assertThat(session.accepts("message/sip")).isTrue();
        assertThat(session.accepts("message/cpim")).isFalse();
        assertThat(session.acceptsWrapped("message/imdn+xml")).isTrue();
        assertThat(session.maxSize()).hasValue(100);
        assertThat(await(session.send(message()))).isInstanceOf(Delivery.Refused.class);

        session.end();
        session.end();
        assertThat(sip.sent).containsExactly("ACK", "BYE");
        assertThat(session.ended().toCompletableFuture()).isNotDone();
        assertThat(opened.closed().toCompletableFuture())
                .as("a client that saw it closed first would take the session for broken")
                .isNotDone();
        session.byeAnswered(sip.okToBye(sip.session));
        await(session.ended());
        await(opened.closed());
    }

    /** The relay connects over TCP, though TLS was offered to it: as the URI in the answer says. */
    @ParameterizedTest
    @ValueSource(strings = {"TCP/MSRP", "TCP/TLS/MSRP"})
    void m20_behindARelayTheClientsReportDecides(String protocol) throws Exception {
        InetSocketAddress address = ours.listen(new InetSocketAddress(LOOPBACK, 0));
        MsrpUri relay = new MsrpUri(false, LOOPBACK.getHostAddress(), address.getPort(), null);
        ours.relay(
                new RelaySettings(relay, "example.test", true, RelayLimits.DEFAULTS),
                Credentials.of(Map.of("server", "secret")));
        MsrpUri behind = ours.newUri(LOOPBACK.getHostAddress(), 2856);
        RelayGrant grant = await(
                ours.authorize(behind, new RelayAccess(relay, Set.of(), "server", "secret", TIMEOUT.multipliedBy(6))));
        remote = theirs.newUri(LOOPBACK.getHostAddress(), remote.port());
        theirs.open(new MsrpAgreement(remote, grant.localPath(), Role.PASSIVE, IncomingHandler.REFUSE_ALL, TIMEOUT));
        FakeDialog other = new FakeDialog();
        InvitedSession second = new InvitedSession(other.invite, this::open, timer);
        MsrpUri secureRelay = new MsrpUri(true, relay.host(), relay.port(), "g1");
        second.offering(media(new LocalEnd(List.of(secureRelay, behind), Optional.of(grant))));

        second.answered(other.ok(other.session, answer("a=setup:passive").replace("TCP/MSRP", protocol)));
        await(second.established());

        assertThat(opened.remotePath()).hasSize(2).endsWith(remote);
        assertThat(await(second.send(message()))).isEqualTo(new Delivery.Refused(403, "Send only session"));
    }

    @Test
    void messagesOfItsDialogFindTheSession() {
        assertThat(DialogSession.of(sip.session)).containsSame(session);
        assertThat(DialogSession.of(sip.fork)).containsSame(session);
        assertThat(DialogSession.of(new FakeDialog().session)).isEmpty();
    }

    @Test
    void theFirstAnswerIsTakenAndThatOfAForkIsAckedAndEnded() throws Exception {
        session.answered(sip.ok(sip.session, answer()));
        session.answered(sip.ok(sip.fork, answer()));
        await(session.established());

        assertThat(sip.sent).containsExactly("ACK", "fork: ACK", "fork: BYE");
        session.byeAnswered(sip.okToBye(sip.fork));
        session.leftBy(sip.fork);
        assertThat(session.ended().toCompletableFuture()).isNotDone();
    }

    @Test
    void aForkMayBeTheFirstToAnswer() throws Exception {
        session.answered(sip.ok(sip.fork, answer()));
        await(session.established());

        session.end();

        assertThat(sip.sent).containsExactly("fork: ACK", "fork: BYE");
        session.byeAnswered(sip.okToBye(sip.fork));
        await(session.ended());
    }

    @Test
    void anAnswerThatComesTwiceDoesNotEndItsOwnSession() throws Exception {
        session.answered(sip.ok(sip.session, answer()));
        session.answered(sip.ok(sip.session, answer()));

        await(session.established());
        assertThat(sip.sent).containsExactly("ACK");
    }

    @Test
    void whatTakesTooLongIsCancelled() throws Exception {
        session.answerTimedOut();
        session.end();
        session.answerTimedOut();
        assertThat(failure(session.established()).status()).isEqualTo(408);
        assertThat(sip.sent).containsExactly("CANCEL");

        assertThat(session.ended().toCompletableFuture()).isNotDone();
        session.refused(sip.failure(487, Map.of()));
        await(session.ended());
    }

    @Test
    void whatIsGivenUpIsCancelled() {
        session.end();
        session.end();

        assertThat(sip.sent).containsExactly("CANCEL");
        assertThat(failure(session.established()).status()).isEqualTo(487);
    }

    @Test
    void whatIsGivenUpBeforeItIsOfferedIsOverAtOnce() {
        FakeDialog other = new FakeDialog();
        InvitedSession second = new InvitedSession(other.invite, this::open, timer);
        second.end();

        assertThat(failure(second.established()).status()).isEqualTo(487);
        await(second.ended());
        assertThat(second.offering(media(LocalEnd.at(local)))).isFalse();
        assertThat(other.sent).isEmpty();
    }

    @Test
    void anAnswerThatCrossesTheCancelIsAckedAndEnded() throws Exception {
        session.answerTimedOut();
        session.answered(sip.ok(sip.session, answer()));

        assertThat(sip.sent).containsExactly("CANCEL", "ACK", "BYE");
        session.byeAnswered(sip.okToBye(sip.session));
        await(session.ended());
    }

    @Test
    void anAnswerInTimeIsNotTimedOut() throws Exception {
        session.answered(sip.ok(sip.session, answer()));
        session.answerTimedOut();

        await(session.established());
        assertThat(sip.sent).containsExactly("ACK");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            none                                                                        | no SDP in the answer
            hello                                                                       | SDP does not begin with v=0
            v=0 m=message 0 TCP/MSRP *                                                  | the stream was rejected
            v=0 m=message 1 TCP/MSRP * a=path:msrp://b.test:1/x;tcp a=accept-types:* a=sendonly | the client does not receive
            v=0 m=message 1 TCP/MSRP * a=path:msrp://b.test:1/x;tcp a=accept-types:* a=setup:actpass | a=setup:actpass answers nothing
            v=0 m=message 1 TCP/TLS/MSRP * a=path:msrps://b.test:1/x;tcp a=accept-types:* | the answer is not for the stream that was offered
            """)
    void anAnswerOfNoUseIsAckedAndEnded(String sdp, String reason) throws Exception {
        session.answered(sip.ok(sip.session, sdp == null ? null : sdp.replaceAll(" (?=[ma]=)", "\r\n")));

        assertThat(sip.sent).containsExactly("ACK", "BYE");
        assertThat(failure(session.established())).hasMessage(reason);
        assertThat(failure(session.established()).status()).isEqualTo(488);
        session.byeAnswered(sip.okToBye(sip.session));
        await(session.ended());
    }

    @Test
    void aClientThatCannotBeConnectedToIsSentABye() throws Exception {
        remote = ours.newUri(LOOPBACK.getHostAddress(), 1);
        session.answered(sip.ok(sip.session, answer()));

        assertThat(failure(session.established()).status()).isEqualTo(SessionFailure.NO_CONNECTION);
        assertThat(sip.sent).containsExactly("ACK", "BYE");
    }

    @Test
    void aServerThatIsStoppingSendsAByeToo() throws Exception {
        ours.close();
        session.answered(sip.ok(sip.session, answer()));

        assertThat(failure(session.established()).status()).isEqualTo(SessionFailure.NO_CONNECTION);
        assertThat(sip.sent).containsExactly("ACK", "BYE");
    }

    @Test
    void aConnectionThatIsLostEndsTheDialog() throws Exception {
        session.answered(sip.ok(sip.session, answer()));
        await(session.established());
        await(client.ready());

        theirs.close();

        assertThat(sip.sent(2)).containsExactly("ACK", "BYE");
        assertThat(await(session.send(message()))).isInstanceOf(Delivery.Lost.class);
        session.byeAnswered(sip.okToBye(sip.session));
        await(session.ended());
    }

    @Test
    void aClientThatSaysByeEndsTheSession() throws Exception {
        session.answered(sip.ok(sip.session, answer()));
        await(session.established());

        session.leftBy(sip.session);

        await(session.ended());
        await(opened.closed());
        session.end();
        assertThat(sip.sent).containsExactly("ACK");
    }

    @Test
    void aClientThatSaysByeBeforeItConnectsLeavesNoSession() throws Exception {
        session.answered(sip.ok(sip.session, answer("a=setup:active")));
        session.leftBy(sip.session);

        assertThat(failure(session.established()).status()).isEqualTo(SessionFailure.NO_CONNECTION);
        await(opened.closed());
        await(session.ended());
    }

    @Test
    void whatCannotBeSentLeavesNothingWaiting() throws Exception {
        sip.failToSend("ACK");
        session.answered(sip.ok(sip.session, answer()));
        assertThat(failure(session.established()).status()).isEqualTo(SessionFailure.NO_CONNECTION);
        assertThat(sip.sent).containsExactly("BYE");

        FakeDialog other = new FakeDialog();
        InvitedSession second = new InvitedSession(
                other.invite,
                agreement -> {
                    throw new IllegalStateException("endpoint is closed");
                },
                timer);
        second.offering(media(LocalEnd.at(local)));
        other.failToSend("BYE");
        second.answered(other.ok(other.session, answer()));
        await(second.ended());
        assertThat(failure(second.established()).status()).isEqualTo(SessionFailure.NO_CONNECTION);
    }

    @Test
    void m38_anAnswerInTheClearToAnOfferOverTlsIsAckedAndEnded() throws Exception {
        FakeDialog other = new FakeDialog();
        InvitedSession second = new InvitedSession(other.invite, this::open, timer);
        second.offering(media(LocalEnd.at(MsrpUri.parse("msrps://192.0.2.1:2856/s1;tcp"))));

        second.answered(other.ok(other.session, answer().replace("TCP/MSRP", "TCP/TLS/MSRP")));

        assertThat(other.sent).containsExactly("ACK", "BYE");
        assertThat(failure(second.established()))
                .hasMessage("a=path does not begin with msrps: though m=message is over TLS");
    }

    /** RFC 3261 §14.1: the Call-ID is the server's. */
    @Test
    void aRefreshThatMetAnotherIsSentOnceMore() throws Exception {
        session.answered(sip.ok(sip.session, answer()));
        await(session.established());

        session.refreshAnswered(sip.failure(491, Map.of()));
        assertThat(timer.next().after()).isBetween(Duration.ofMillis(2100), Duration.ofSeconds(4));
        session.refreshAnswered(sip.failure(491, Map.of()));
        assertThat(timer.isUnset()).isTrue();
    }

    @Test
    void aByeThatNobodyAnswersEndsAfterAWhile() throws Exception {
        session.answered(sip.ok(sip.session, answer()));
        await(session.established());
        session.end();

        ManualTimer.Alarm unanswered = timer.next();
        assertThat(unanswered.after()).isEqualTo(Duration.ofSeconds(40));
        assertThat(session.ended().toCompletableFuture()).isNotDone();
        unanswered.run();
        await(session.ended());
        await(opened.closed());
    }

    @Test
    void aCancelThatNobodyAnswersEndsAfterAWhile() throws Exception {
        session.answerTimedOut();
        timer.next().run();

        await(session.ended());
    }

    @Test
    void anInviteThatDidNotLeaveIsA503() {
        session.notSent("no way to the core");

        assertThat(failure(session.established()).status()).isEqualTo(503);
        await(session.ended());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            none                          | none
            120                           | PT2M
            0                             | PT0S
            18000;duration=3600           | PT5H
            120 (I'm in a meeting)        | PT2M
            9999999999                    | PT9999999999S
            99999999999999999999          | none
            -5                            | none
            soon                          | none
            """)
    void aRefusalSaysWhenToComeBack(String retryAfter, Duration wait) {
        session.refused(sip.failure(486, retryAfter == null ? Map.of() : Map.of("Retry-After", retryAfter)));

        assertThat(failure(session.established()).status()).isEqualTo(486);
        assertThat(failure(session.established()).retryAfter()).isEqualTo(Optional.ofNullable(wait));
        await(session.ended());
        assertThat(sip.sent).isEmpty();
    }

    private static Description media(LocalEnd end) {
        return new Description(LocalMedia.offering(end, Terms.sending(List.of("message/sip")), List.of()), 1);
    }

    private MsrpSession open(MsrpAgreement agreement) {
        opened = ours.open(agreement);
        return opened;
    }

    private String answer(String... attributes) {
        return "v=0\r\nm=message " + remote.port() + " TCP/MSRP *\r\na=path:" + remote
                + "\r\na=accept-types:message/sip\r\na=accept-wrapped-types:message/imdn+xml\r\n"
                + String.join("\r\n", attributes);
    }

    private static OutgoingMessage message() {
        return new OutgoingMessage("m123", "message/sip", Map.of(), MsrpContent.of(new byte[10]), false);
    }

    private static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture()
                .orTimeout(TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private static SessionFailure failure(CompletionStage<?> stage) {
        try {
            await(stage);
        } catch (CompletionException e) {
            return (SessionFailure) e.getCause();
        }
        throw new AssertionError("it did not fail");
    }
}
