package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.deferForLater;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Call;
import im.deferred.lab.InviteAnswer;
import im.deferred.lab.MsrpBehaviour;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.ThirdPartyRegister;
import im.deferred.lab.User;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A push that does not go well: nothing is lost, and nothing is sent twice but what was not answered. */
@ExtendWith(ArquillianExtension.class)
class PushFailureIT {

    private static final Duration RETRY_FIRST = Duration.ofMillis(200);

    /** Longer than the second wait between two tries. */
    private static final Duration NO_RETRY = Duration.ofMillis(600);

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with(
                "push.idle=PT0.3S",
                "push.retry-first=" + RETRY_FIRST,
                "push.answer-timeout=PT3S",
                "push.window=4",
                "push.page-mode=false");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
    }

    @ParameterizedTest
    @ValueSource(ints = {415, 486, 488, 600, 603, 606})
    void waitsForTheNextRegistrationWhenTheInviteIsRefusedWith(int status) {
        deferForLater(alice, bob, 2);

        bob.answerWith(InviteAnswer.refuse(status), InviteAnswer.accept()).register();

        assertThat(bob.awaitCall(SOON).state()).isEqualTo(Call.State.REFUSED);
        assertThat(bob.calls().find(call -> bob.calls().size() > 1, NO_RETRY)).isEmpty();
        bob.register();
        assertThat(texts(bob.awaitMessages(2, SOON))).containsExactly(numbered(1, 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 480, 487, 500, 503})
    void triesAgainWithBackOffWhenTheInviteIsRefusedWith(int status) {
        deferForLater(alice, bob, 2);

        bob.answerWith(InviteAnswer.refuse(status), InviteAnswer.refuse(status), InviteAnswer.accept())
                .register();

        assertThat(texts(bob.awaitMessages(2, SOON))).containsExactly(numbered(1, 2));
        List<Instant> invites = invites();
        assertThat(invites).hasSize(3);
        // With jitter a wait is between half of its time and all of it.
        assertThat(Duration.between(invites.get(0), invites.get(1))).isGreaterThanOrEqualTo(RETRY_FIRST.dividedBy(2));
        assertThat(Duration.between(invites.get(1), invites.get(2))).isGreaterThanOrEqualTo(RETRY_FIRST);
    }

    @Test
    void honoursRetryAfter() {
        deferForLater(alice, bob, 1);

        bob.answerWith(InviteAnswer.refuse(480).header("Retry-After", "1"), InviteAnswer.accept())
                .register();

        bob.awaitMessages(1, SOON);
        List<Instant> invites = invites();
        assertThat(Duration.between(invites.get(0), invites.get(1))).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void doesNotTryAgainAfterTheUserHasGone() {
        defer(alice, bob, 1);
        bob.answerWith(InviteAnswer.refuse(480), InviteAnswer.accept()).register();
        bob.awaitCall(SOON);

        scene.deregister(bob);
        scene.awaitFigure("deferred_im_pushes_live", 0);

        List<Instant> invites = invites();
        assertThat(bob.calls().find(call -> invites().size() > invites.size(), NO_RETRY))
                .isEmpty();
        bob.register();
        bob.awaitMessages(1, SOON);
    }

    /** When the server invited Bob, also where the core had nobody to bring it to. */
    private List<Instant> invites() {
        return scene.wire().requestsFromServer("INVITE", bob.aor());
    }

    @Test
    void triesAgainOnlyWhileTheRegistrationLasts() {
        Duration registered = Duration.ofSeconds(3);
        defer(alice, bob, 1);
        scene.core().thirdParty(ThirdPartyRegister.standard().expires((int) registered.toSeconds()));
        bob.answerWith(InviteAnswer.refuse(480)).register();
        bob.awaitCall(SOON);

        // Waits of 0.2 s, then twice as long each, less up to a half: one INVITE more would come between 3.1 s and 6.2
        // s.
        assertThat(bob.calls().find(call -> bob.calls().size() > 5, Duration.ofSeconds(7)))
                .isEmpty();

        assertThat(invites()).hasSizeBetween(3, 5);
        scene.core().thirdParty(ThirdPartyRegister.standard());
        bob.answerWith(InviteAnswer.accept()).register();
        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("message 1");
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 410})
    void takesTheRegistrationAsEndedWhenTheInviteIsRefusedWith(int status) {
        deferForLater(alice, bob, 1);
        bob.answerWith(InviteAnswer.refuse(status), InviteAnswer.accept()).register();
        bob.awaitCall(SOON);
        scene.awaitFigure("deferred_im_registrations", 0);
        assertThat(bob.calls().find(call -> bob.calls().size() > 1, NO_RETRY)).isEmpty();

        defer(alice.write(bob.aor()).text("message 2"));
        assertThat(bob.pages().size()).isZero();

        bob.register();
        assertThat(texts(bob.awaitMessages(2, SOON))).containsExactly(numbered(1, 2));
    }

    @Test
    void cancelsAnInviteThatRingsTooLongAndTriesAgain() {
        defer(alice, bob, 1);

        bob.answerWith(InviteAnswer.ring(), InviteAnswer.accept()).register();

        bob.awaitCall(SOON).awaitState(Call.State.CANCELLED, SOON);
        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("message 1");
    }

    /** The core's 100 is a provisional response too (RFC 3261 §9.1). */
    @Test
    void cancelsAnInviteThatNobodyAnswersAndTriesAgain() {
        defer(alice, bob, 1);

        bob.answerWith(InviteAnswer.ignore(), InviteAnswer.accept()).register();

        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("message 1");
        assertThat(scene.wire().requestsFromServer("CANCEL", bob.aor())).hasSize(1);
    }

    @Test
    void losesNothingWhenTheClientClosesTheConnection() {
        defer(alice, bob, 20);

        bob.msrp(MsrpBehaviour.answering().closingAfter(5)).register();

        List<ReceivedMessage> messages = bob.awaitMessages(20, SOON);
        assertThat(texts(messages)).containsExactly(numbered(1, 20));
        assertThat(messages.subList(0, 5)).extracting(ReceivedMessage::call).containsOnly(bob.awaitCall(SOON));
        bob.awaitBye(SOON);
        bob.awaitBye(SOON);
        assertThat(bob.messages().size()).isEqualTo(20);
    }

    @Test
    void sendsWhatWasNotAnsweredAgainWithTheSameMessageId() {
        defer(alice, bob, 10);

        bob.msrp(MsrpBehaviour.answering().silentFrom(3).closingAfter(4))
                .answerWith(InviteAnswer.accept(), InviteAnswer.refuse(486))
                .register();
        bob.awaitCall(SOON);
        bob.awaitCall(SOON).awaitState(Call.State.REFUSED, SOON);
        bob.msrp(MsrpBehaviour.answering()).answerWith(InviteAnswer.accept()).register();

        List<ReceivedMessage> messages = bob.awaitMessages(12, SOON);
        bob.awaitBye(SOON);
        bob.awaitBye(SOON);
        assertThat(texts(messages))
                .containsExactly(Stream.of(numbered(1, 4), numbered(3, 10))
                        .flatMap(Stream::of)
                        .toArray(String[]::new));
        assertThat(messages.get(4).messageId()).isEqualTo(messages.get(2).messageId());
        assertThat(messages.get(5).messageId()).isEqualTo(messages.get(3).messageId());
        assertThat(messages.stream().map(ReceivedMessage::messageId).distinct()).hasSize(10);
    }

    @Test
    void keepsWhatWasNotAnsweredWhenTheClientLeaves() {
        defer(alice, bob, 2);
        bob.msrp(MsrpBehaviour.answering().silentFrom(1))
                .answerWith(InviteAnswer.accept(), InviteAnswer.refuse(486))
                .register();
        List<ReceivedMessage> unanswered = bob.awaitMessages(2, SOON);

        assertThat(bob.awaitCall(SOON).hangUp().status()).isEqualTo(200);
        bob.awaitCall(SOON).awaitState(Call.State.REFUSED, SOON);

        bob.msrp(MsrpBehaviour.answering()).answerWith(InviteAnswer.accept()).register();
        List<ReceivedMessage> all = bob.awaitMessages(4, SOON);
        assertThat(all.subList(2, 4))
                .extracting(ReceivedMessage::messageId)
                .containsExactlyElementsOf(
                        unanswered.stream().map(ReceivedMessage::messageId).toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 403, 415, 501})
    void triesTheNextFormOfAMessageThatIsRefusedWith(int status) {
        defer(alice, bob, 6);

        bob.msrp(MsrpBehaviour.answering().refusing(2, status)).register();

        List<ReceivedMessage> messages = bob.awaitMessages(7, SOON);
        bob.awaitBye(SOON);
        assertThat(messages.stream()
                        .filter(ReceivedMessage::isAccepted)
                        .map(m -> m.encapsulated().text()))
                .containsExactlyInAnyOrder(numbered(1, 6));
        assertThat(messages)
                .filteredOn(message -> message.encapsulated().text().equals("message 2"))
                .extracting(ReceivedMessage::contentType)
                .containsExactly("message/sip", "message/sipfrag");
    }

    @ParameterizedTest
    @ValueSource(ints = {413, 415})
    void holdsWhatIsRefusedInEveryFormUntilTheNextRegistrationAndGoesOnWithTheRest(int status) {
        defer(alice, bob, 5);

        bob.msrp(MsrpBehaviour.answering().refusing(2, status))
                .answerWith(InviteAnswer.accept().acceptTypes("message/sip"))
                .register();
        bob.awaitBye(SOON);
        assertThat(texts(bob.messages().all())).containsExactly(numbered(1, 5));

        bob.register();
        List<ReceivedMessage> messages = bob.awaitMessages(6, SOON);
        assertThat(messages.get(5).messageId()).isEqualTo(messages.get(1).messageId());
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 481, 506})
    void setsTheSessionUpAgainOnceAtOnceWhenASendIsRefusedWith(int status) {
        defer(alice, bob, 1);

        bob.msrp(MsrpBehaviour.answering().refusing(1, status).refusing(2, status))
                .register();

        List<ReceivedMessage> messages = bob.awaitMessages(3, SOON);
        bob.awaitBye(SOON);
        assertThat(messages.stream().map(ReceivedMessage::messageId).distinct()).hasSize(1);
        assertThat(messages.stream().map(ReceivedMessage::call).distinct()).hasSize(3);
        List<Instant> invites = invites();
        assertThat(Duration.between(invites.get(1), invites.get(2)))
                .as("from the second time on as a 480")
                .isGreaterThanOrEqualTo(RETRY_FIRST.dividedBy(2));
    }

    /** RFC 4975 §7.2.1. A device that broke a session before is served chunk by chunk, so that some are left to stop at. */
    @Test
    void stopsAMessageOfWhichTheClientWantsNoMore() {
        defer(alice.write(bob.aor()).text("small"));
        defer(alice.write(bob.aor()).text("x".repeat(300_000)));
        bob.msrp(MsrpBehaviour.answering().closingAfter(1).refusing(2, 413).refusing(3, 413))
                .register();

        bob.awaitCall(SOON);
        Call whole = bob.awaitCall(SOON);
        whole.awaitState(Call.State.ENDED, SOON);

        assertThat(scene.wire().session(bob, whole)).contains("AS>" + bob.name() + " MSRP SEND aborted");
        assertThat(texts(bob.messages().all())).containsExactly("small");
        bob.msrp(MsrpBehaviour.answering()).register();
        assertThat(bob.awaitMessages(2, SOON).get(1).encapsulated().body()).hasSize(300_000);
    }

    @Test
    void holdsWhatIsLargerThanTheClientTakes() {
        defer(alice.write(bob.aor()).text("x".repeat(5000)));
        defer(alice.write(bob.aor()).text("small"));

        bob.answerWith(InviteAnswer.accept().maxSize(2000), InviteAnswer.accept())
                .register();
        bob.awaitBye(SOON);
        assertThat(texts(bob.messages().all())).containsExactly("small");

        bob.register();
        assertThat(bob.awaitMessages(2, SOON).get(1).encapsulated().body()).hasSize(5000);
    }

    @ParameterizedTest
    @MethodSource
    void endsASessionWhoseAnswerIsOfNoUse(UnaryOperator<String> flaw) {
        defer(alice, bob, 2);

        bob.answerWith(InviteAnswer.accept().sdp(flaw)).register();

        bob.awaitCall(SOON).awaitState(Call.State.CONFIRMED, SOON).awaitState(Call.State.ENDED, SOON);
        assertThat(bob.messages().size()).isZero();
        bob.answerWith(InviteAnswer.accept()).register();
        assertThat(texts(bob.awaitMessages(2, SOON))).containsExactly(numbered(1, 2));
    }

    static Stream<Named<UnaryOperator<String>>> endsASessionWhoseAnswerIsOfNoUse() {
        return Stream.of(
                Named.of("no path", sdp -> sdp.replaceAll("a=path:.*\r\n", "")),
                Named.of("the stream rejected", sdp -> sdp.replaceAll("m=message [0-9]+", "m=message 0")),
                Named.of("another protocol", sdp -> sdp.replace("TCP/MSRP", "RTP/AVP")),
                Named.of("it does not receive", sdp -> sdp.replace("a=recvonly", "a=inactive")),
                Named.of("garbage", sdp -> "\u0000\u0001 no SDP at all"),
                Named.of("nothing", sdp -> ""));
    }
}
