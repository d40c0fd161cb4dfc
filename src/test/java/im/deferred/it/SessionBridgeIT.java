package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Call;
import im.deferred.lab.InviteAnswer;
import im.deferred.lab.MsrpBehaviour;
import im.deferred.lab.MsrpSent;
import im.deferred.lab.OutgoingCall;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.Sdp;
import im.deferred.lab.SipMessage;
import im.deferred.lab.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An MSRP session with a registered user: the server stands between, and what the user does not take is kept (FLOW.md, ways in). */
@ExtendWith(ArquillianExtension.class)
class SessionBridgeIT {

    private static final int MAX_SIZE = 4 * 1024 * 1024;

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with(
                "push.idle=PT0.3S",
                "push.retry-first=PT60S",
                "message.max-size=" + MAX_SIZE,
                "session.answer-timeout=PT5S",
                "session.confirm-timeout=PT8S");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
        scene.register(bob);
        bob.answerWith(InviteAnswer.accept().acceptTypes("*").wrappedTypes(""));
    }

    private OutgoingCall connect() {
        return alice.invite(bob.aor()).call().awaitConnected(SOON);
    }

    @Test
    void invitesInTheNameOfTheCaller() {
        OutgoingCall call = alice.invite(bob.aor())
                .header("Subject", "Lunch")
                .header("Contribution-ID", "abcdef-1234")
                .header("Accept-Contact", "*;+g.oma.sip-im")
                .header("Supported", "timer, 100rel")
                .call()
                .awaitConnected(SOON);

        Call incoming = bob.awaitCall(SOON);
        SipMessage invite = incoming.invite();
        assertThat(invite.from().sipUri().aor()).isEqualTo(alice.aor());
        assertThat(invite.from().display()).isEqualTo(alice.name());
        assertThat(invite.to().sipUri().aor()).isEqualTo(bob.aor());
        assertThat(invite.need("P-Asserted-Identity")).contains(alice.aor());
        assertThat(invite.need("Subject")).isEqualTo("Lunch");
        assertThat(invite.need("Contribution-ID")).isEqualTo("abcdef-1234");
        assertThat(invite.need("Accept-Contact").replace(" ", "")).isEqualTo("*;+g.oma.sip-im");
        assertThat(String.join(",", invite.all("Supported"))).doesNotContain("100rel");
        assertThat(invite.callId()).isNotEqualTo(call.invite().callId());
        String ours = ":" + scene.server().msrp().getPort() + "/";
        assertThat(incoming.offer().attribute("path").orElseThrow()).contains(ours);
        assertThat(call.answer().attribute("path").orElseThrow()).contains(ours);
        hangUp(call);
    }

    @Test
    void saysToEachWhatTheOtherTakes() {
        bob.answerWith(InviteAnswer.accept()
                .acceptTypes("text/plain message/cpim")
                .wrappedTypes("text/html")
                .maxSize(5000));
        OutgoingCall call = alice.invite(bob.aor())
                .sdp(sdp ->
                        sdp.replace("a=accept-types:*", "a=accept-types:text/x-alice") + "a=max-size:1000000000\r\n")
                .call()
                .awaitConnected(SOON);

        Sdp toBob = bob.awaitCall(SOON).offer();
        assertThat(toBob.attribute("accept-types")).contains("text/x-alice");
        assertThat(toBob.attribute("max-size")).contains(Integer.toString(MAX_SIZE));
        assertThat(toBob.attribute("sendrecv")).isPresent();
        assertThat(call.answer().attribute("accept-types")).contains("text/plain message/cpim");
        assertThat(call.answer().attribute("accept-wrapped-types")).contains("text/html");
        assertThat(call.answer().attribute("max-size")).contains("5000");
        assertThat(call.send("text/html", "<p>no".getBytes(UTF_8), 2048).awaitStatus(SOON))
                .isEqualTo(415);
        assertThat(call.send("text/plain", new byte[5001], 8192).awaitStatus(SOON))
                .isEqualTo(413);
        assertThat(call.send("text/plain", new byte[5000], 8192).awaitStatus(SOON))
                .isEqualTo(200);
        hangUp(call);
    }

    @Test
    void passesMessagesOnBothWaysAsTheyCame() {
        long before = scene.server().waiting();
        OutgoingCall call = connect();
        byte[] large = new byte[2_000_000];
        new Random(1).nextBytes(large);

        MsrpSent toBob = call.send("application/x-thing;a=\"b c\"", large, 100_000, "X-Note", "one", "Date", "today");
        assertThat(toBob.awaitStatus(SOON)).isEqualTo(200);
        ReceivedMessage atBob = bob.awaitMessages(1, SOON).get(0);
        assertPassedOn(atBob, toBob, large);
        assertThat(atBob.send().need("X-Note")).isEqualTo("one");
        assertThat(atBob.date()).contains("today");

        MsrpSent toAlice = bob.awaitCall(SOON).send("application/x-thing;a=\"b c\"", large, 1000);
        assertThat(toAlice.awaitStatus(SOON)).isEqualTo(200);
        assertPassedOn(call.messages().await(1, SOON).get(0), toAlice, large);
        assertThat(scene.server().waiting()).isEqualTo(before);
        hangUp(call);
    }

    private static void assertPassedOn(ReceivedMessage received, MsrpSent sent, byte[] body) {
        assertThat(received.messageId()).isEqualTo(sent.messageId());
        assertThat(received.contentType()).isEqualTo("application/x-thing;a=\"b c\"");
        assertThat(received.body()).isEqualTo(body);
    }

    @Test
    void keepsTheOrderBothWays() {
        OutgoingCall call = connect();
        Call atBob = bob.awaitCall(SOON);
        List<MsrpSent> sent = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            sent.add(call.send("to Bob " + i));
            sent.add(atBob.send("to Alice " + i));
        }

        sent.forEach(message -> assertThat(message.awaitStatus(SOON)).isEqualTo(200));
        assertThat(texts(bob.messages().all()))
                .containsExactlyElementsOf(
                        IntStream.range(0, 50).mapToObj(i -> "to Bob " + i).toList());
        assertThat(texts(call.messages().all()))
                .containsExactlyElementsOf(
                        IntStream.range(0, 50).mapToObj(i -> "to Alice " + i).toList());
        hangUp(call);
    }

    /** More than may be unconfirmed, on one connection for the messages of both and their confirmations. */
    @Test
    void m29_goesOnWhenBothShareAConnection() {
        long before = scene.server().waiting();
        User carol = scene.beside(alice, "carol");
        carol.answerWith(InviteAnswer.accept().acceptTypes("*").setup("passive"));
        scene.register(carol);
        OutgoingCall call = alice.invite(carol.aor()).setup("passive").call().awaitConnected(SOON);
        Call atCarol = carol.awaitCall(SOON);
        MsrpSent first = call.send("to Carol 0");
        assertThat(first.awaitStatus(SOON)).isEqualTo(200);
        List<MsrpSent> sent = new ArrayList<>();
        for (int i = 1; i < 100; i++) {
            sent.add(call.send("to Carol " + i));
            sent.add(atCarol.send("to Alice " + i));
        }

        sent.forEach(message -> assertThat(message.awaitStatus(SOON)).isEqualTo(200));
        assertThat(texts(carol.messages().all()))
                .containsExactlyElementsOf(
                        IntStream.range(0, 100).mapToObj(i -> "to Carol " + i).toList());
        assertThat(texts(call.messages().all()))
                .containsExactlyElementsOf(
                        IntStream.range(1, 100).mapToObj(i -> "to Alice " + i).toList());
        assertThat(scene.server().waiting()).isEqualTo(before);
        hangUp(call);
    }

    @Test
    void confirmsWhenTheOtherHasConfirmed() {
        OutgoingCall call = connect();
        bob.msrp(MsrpBehaviour.answering().holding());

        MsrpSent sent = call.send("text/plain", "well?".getBytes(UTF_8), 2048, "Success-Report", "yes");
        bob.awaitMessages(1, SOON);
        assertThat(sent.statuses().size()).isZero();
        bob.release();

        assertThat(sent.awaitStatus(SOON)).isEqualTo(200);
        assertThat(sent.reports().await(1, SOON).get(0).need("Status")).startsWith("000 200");
        hangUp(call);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 403, 413, 415})
    void passesARefusalOfOneMessageBack(int status) {
        long before = scene.server().waiting();
        OutgoingCall call = connect();
        bob.msrp(MsrpBehaviour.answering().refusing(1, status));

        assertThat(call.send("no thanks").awaitStatus(SOON)).isEqualTo(status);

        assertThat(call.send("but this").awaitStatus(SOON)).isEqualTo(200);
        assertThat(scene.server().waiting()).isEqualTo(before);
        hangUp(call);
    }

    @ParameterizedTest
    @ValueSource(strings = {"active", "passive"})
    void m33_theCalleeConnectsOrIsConnectedTo(String setup) {
        bob.answerWith(InviteAnswer.accept().acceptTypes("*").setup(setup));

        OutgoingCall call = connect();

        assertThat(call.send("hello").awaitStatus(SOON)).isEqualTo(200);
        hangUp(call);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 430, 480, 486, 487, 500, 503, 504, 600, 603})
    void defersWhenTheCalleeCannotTakeItNow(int status) {
        bob.answerWith(InviteAnswer.refuse(status), InviteAnswer.accept());
        OutgoingCall call = connect();

        MsrpSent sent = call.send("for later");
        assertThat(sent.awaitStatus(SOON)).isEqualTo(200);
        assertThat(call.answer().attribute("recvonly")).isPresent();
        hangUp(call);

        assertPushed(sent);
    }

    private void assertPushed(MsrpSent sent) {
        bob.register();
        ReceivedMessage pushed = bob.awaitMessages(1, SOON).get(0);
        assertThat(pushed.contentType()).startsWith("message/msrp");
        assertThat(new String(pushed.body(), UTF_8))
                .contains("Message-ID: " + sent.messageId() + "\r\n", "\r\n\r\nfor later\r\n");
    }

    @Test
    void defersWhenNobodyAnswers() {
        bob.answerWith(InviteAnswer.ring(), InviteAnswer.accept());
        OutgoingCall call = connect();

        MsrpSent sent = call.send("for later");
        assertThat(sent.awaitStatus(SOON)).isEqualTo(200);
        assertThat(call.responses().all()).extracting(SipMessage::status).contains(180);
        bob.awaitCall(SOON).awaitState(Call.State.CANCELLED, SOON);
        hangUp(call);

        assertPushed(sent);
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 403, 404, 415, 488, 604, 606})
    void passesOtherFailuresBack(int status) {
        bob.answerWith(InviteAnswer.refuse(status).header("Warning", "399 bob \"no\""));

        SipMessage refused = alice.invite(bob.aor()).call().awaitAnswer(SOON);

        assertThat(refused.status()).isEqualTo(status);
        assertThat(refused.need("Warning")).isEqualTo("399 bob \"no\"");
    }

    @Test
    void cancelsWithTheCaller() {
        bob.answerWith(InviteAnswer.ring());
        OutgoingCall call = alice.invite(bob.aor()).call();
        Call ringing = bob.awaitCall(SOON);
        call.responses().await(response -> response.status() == 180, "180", SOON);

        call.cancel();

        ringing.awaitState(Call.State.CANCELLED, SOON);
        assertThat(call.awaitAnswer(SOON).status()).isEqualTo(487);
    }

    @Test
    void endsWithTheCaller() {
        OutgoingCall call = connect();
        Call atBob = bob.awaitCall(SOON).awaitState(Call.State.CONFIRMED, SOON);

        hangUp(call);

        atBob.awaitState(Call.State.ENDED, SOON);
        assertThat(atBob.isBroken()).isFalse();
    }

    @Test
    void endsWithTheCallee() {
        OutgoingCall call = connect();
        assertThat(call.send("hello").awaitStatus(SOON)).isEqualTo(200);

        assertThat(bob.awaitCall(SOON).hangUp().status()).isEqualTo(200);

        call.awaitState(OutgoingCall.State.ENDED, SOON);
        assertThat(call.isBroken()).isFalse();
    }

    @Test
    void endsTheCalleeWhenTheCallersConnectionIsLost() {
        OutgoingCall call = connect();
        Call atBob = bob.awaitCall(SOON).awaitState(Call.State.CONFIRMED, SOON);
        call.msrp(MsrpBehaviour.answering().holding());
        MsrpSent unanswered = atBob.send("too late");
        call.messages().await(1, SOON);

        call.cut();

        call.awaitState(OutgoingCall.State.ENDED, SOON);
        atBob.awaitState(Call.State.ENDED, SOON);
        assertThat(unanswered.statuses().all()).isSubsetOf(481);
    }

    /** What Bob confirmed he has, and all the rest comes to him in another session: nothing is lost and nothing doubled. */
    @Test
    void defersWhatIsSentAfterTheCalleesConnectionIsLost() {
        OutgoingCall call = connect();
        bob.msrp(MsrpBehaviour.answering().closingAfter(3));

        List<MsrpSent> sent = new ArrayList<>();
        for (int i = 1; i <= 10; i++) {
            sent.add(call.send("message " + i));
        }
        sent.forEach(message -> assertThat(message.awaitStatus(SOON)).isEqualTo(200));
        assertThat(call.send("message 11").awaitStatus(SOON)).isEqualTo(200);

        List<String> received =
                bob.awaitMessages(11, SOON).stream().map(SessionBridgeIT::inner).toList();
        assertThat(received)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 11)
                        .mapToObj(i -> "message " + i)
                        .toList());
        assertThat(call.state()).isEqualTo(OutgoingCall.State.CONNECTED);
        hangUp(call);
    }

    @Test
    void defersWhatTheCalleeDidNotConfirmBeforeHisBye() {
        OutgoingCall call = connect();
        bob.msrp(MsrpBehaviour.answering().silentFrom(1));
        MsrpSent sent = call.send("for later");
        bob.awaitMessages(1, SOON);
        bob.msrp(MsrpBehaviour.answering());

        bob.awaitCall(SOON).hangUp();

        assertThat(sent.awaitStatus(SOON)).isEqualTo(200);
        assertThat(inner(bob.awaitMessages(2, SOON).get(1))).isEqualTo("for later");
        assertThat(call.send("and this").awaitStatus(SOON)).isEqualTo(200);
        assertThat(inner(bob.awaitMessages(3, SOON).get(2))).isEqualTo("and this");
        hangUp(call);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 481, 506})
    void defersWhenTheCalleesSessionFails(int status) {
        OutgoingCall call = connect();
        bob.msrp(MsrpBehaviour.answering().refusing(1, status));

        assertThat(call.send("for later").awaitStatus(SOON)).isEqualTo(200);

        assertThat(inner(bob.awaitMessages(2, SOON).get(1))).isEqualTo("for later");
        bob.awaitCall(SOON).awaitState(Call.State.ENDED, SOON);
        hangUp(call);
    }

    /** The sender waits for 30 s at most: before that the message is stored. One that is confirmed late is not pushed again. */
    @Test
    void storesInTimeWhatIsConfirmedLate() {
        long before = scene.server().waiting();
        OutgoingCall call = connect();
        bob.msrp(MsrpBehaviour.answering().holding());

        MsrpSent late = call.send("late");
        assertThat(late.awaitStatus(SOON.multipliedBy(2))).isEqualTo(200);
        bob.release();
        scene.awaitFigure("deferred_im_messages_waiting", before);
        assertThat(call.send("in time").awaitStatus(SOON)).isEqualTo(200);
        hangUp(call);
        scene.deregister(bob);
        defer(alice.write(bob.aor()).text("something new"));
        bob.register();

        assertThat(bob.awaitMessages(3, SOON).stream().map(SessionBridgeIT::inner))
                .containsExactly("late", "in time", "something new");
    }

    @Test
    void neverDefersWhatIsOfTheMoment() {
        OutgoingCall call = connect();
        bob.msrp(MsrpBehaviour.answering().closingAfter(1));
        assertThat(call.send("hello").awaitStatus(SOON)).isEqualTo(200);
        bob.awaitMessages(1, SOON);
        long before = scene.server().waiting();

        assertThat(call.send("application/im-iscomposing+xml", "<isComposing/>".getBytes(UTF_8), 2048)
                        .awaitStatus(SOON))
                .isEqualTo(200);

        assertThat(scene.server().waiting()).isEqualTo(before);
        hangUp(call);
    }

    @Test
    void defersForADeviceThatIsGoneThoughStillRegistered() {
        User carol = scene.user("carol");
        scene.register(carol);
        scene.lose(carol);
        OutgoingCall call = alice.invite(carol.aor()).call().awaitConnected(SOON);
        assertThat(call.send("anybody there?").awaitStatus(SOON)).isEqualTo(200);
        hangUp(call);

        User again = scene.device(carol.aor());
        again.register();

        assertThat(inner(again.awaitMessages(1, SOON).get(0))).isEqualTo("anybody there?");
    }

    @Test
    void takesTheFirstDeviceThatAnswers() {
        User second = scene.device(bob.aor());
        second.answerWith(InviteAnswer.accept().acceptTypes("*"));
        scene.register(second);

        OutgoingCall call = connect();
        assertThat(call.send("hello").awaitStatus(SOON)).isEqualTo(200);

        assertThat(bob.messages().size() + second.messages().size()).isEqualTo(1);
        Call atFirst = bob.awaitCall(SOON);
        Call atSecond = second.awaitCall(SOON);
        Call other = bob.messages().size() == 1 ? atSecond : atFirst;
        if (other.state() != Call.State.CANCELLED) {
            other.awaitState(Call.State.ENDED, SOON);
        }
        hangUp(call);
        (other == atFirst ? atSecond : atFirst).awaitState(Call.State.ENDED, SOON);
    }

    @Test
    void answersRefreshesOfBoth() {
        OutgoingCall call = connect();
        Call atBob = bob.awaitCall(SOON);
        assertThat(call.send("hello").awaitStatus(SOON)).isEqualTo(200);

        SipMessage toAlice = call.reinvite(null);
        SipMessage toBob = atBob.reinvite(null);

        assertThat(toAlice.status()).isEqualTo(200);
        assertThat(Sdp.parse(toAlice.text()).attribute("path"))
                .isEqualTo(call.answer().attribute("path"));
        assertThat(toBob.status()).isEqualTo(200);
        assertThat(Sdp.parse(toBob.text()).attribute("path"))
                .isEqualTo(atBob.offer().attribute("path"));
        assertThat(call.update().status()).isEqualTo(200);
        assertThat(call.send("still here").awaitStatus(SOON)).isEqualTo(200);
        assertThat(atBob.send("me too").awaitStatus(SOON)).isEqualTo(200);
        hangUp(call);
    }

    private static void hangUp(OutgoingCall call) {
        assertThat(call.hangUp().status()).isEqualTo(200);
    }

    private static List<String> texts(List<ReceivedMessage> messages) {
        return messages.stream().map(SessionBridgeIT::inner).toList();
    }

    /** The text that somebody wrote, however it came. */
    private static String inner(ReceivedMessage message) {
        if (message.isEncapsulatedSip()) {
            return message.encapsulated().text();
        }
        String text = new String(message.body(), UTF_8);
        return message.contentType().startsWith("message/msrp")
                ? text.substring(text.indexOf("\r\n\r\n") + 4, text.lastIndexOf("\r\n-------"))
                : text;
    }
}
