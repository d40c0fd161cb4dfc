package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.deferForLater;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Call;
import im.deferred.lab.InviteAnswer;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.SipMessage;
import im.deferred.lab.User;
import java.time.Duration;
import java.util.List;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client takes in no session comes as SIP MESSAGE (RFC 3428), where that is allowed. */
@ExtendWith(ArquillianExtension.class)
class PageModeIT {

    /** Long enough for what should not come. */
    private static final Duration A_WHILE = Duration.ofMillis(600);

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;
    private long waitedBefore;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.3S", "push.retry-first=PT0.2S", "push.page-mode=true");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
        waitedBefore = scene.server().waiting();
    }

    @ParameterizedTest
    @ValueSource(ints = {415, 488, 606})
    void sendsWhatWaitsAsMessagesWhenTheInviteIsRefusedWith(int status) {
        defer(alice, bob, 3);

        bob.answerWith(InviteAnswer.refuse(status)).register();

        List<SipMessage> pages = bob.awaitPages(3, SOON);
        assertThat(pages).extracting(SipMessage::text).containsExactly(numbered(1, 3));
        assertThat(bob.calls().size()).isOne();
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() {
        int calls = bob.calls().size();
        int pages = bob.pages().size();
        bob.answerWith(InviteAnswer.accept()).register();
        assertThat(bob.calls().find(call -> bob.calls().size() > calls, A_WHILE))
                .isEmpty();
        assertThat(bob.pages().size()).isEqualTo(pages);
    }

    @Test
    void aMessageComesAsItsSenderWroteIt() {
        byte[] body = {0, 1, (byte) 0xfe, 13, 10};
        defer(alice.write(bob.aor()).header("Subject", "A picture").body("image/x-test;name=\"a b\"", body));

        bob.answerWith(InviteAnswer.refuse(488)).register();

        SipMessage page = bob.awaitPages(1, SOON).get(0);
        assertThat(page.from().sipUri().aor()).isEqualTo(alice.aor());
        assertThat(page.to().sipUri().aor()).isEqualTo(bob.aor());
        assertThat(page.need("P-Asserted-Identity")).contains(alice.aor());
        assertThat(page.need("Subject")).isEqualTo("A picture");
        assertThat(page.need("Content-Type").replace(" ", "")).isEqualTo("image/x-test;name=\"ab\"");
        assertThat(page.need("Date")).endsWith(" GMT");
        assertThat(page.body()).isEqualTo(body);
    }

    /** RFC 3428 §8. */
    @Test
    void theNextMessageWaitsForTheAnswerToTheOneBeforeIt() {
        defer(alice, bob, 2);

        bob.answerPages(0).answerWith(InviteAnswer.refuse(488)).register();
        bob.awaitPages(1, SOON);
        assertThat(bob.pages().find(page -> page.text().equals("message 2"), A_WHILE))
                .isEmpty();
        assertThat(scene.server().waiting()).isEqualTo(waitedBefore + 2);

        bob.releasePages(200);
        bob.pages().await(page -> page.text().equals("message 2"), "with the second text", SOON);
    }

    /** RFC 3261 §18.1.1. */
    @Test
    void aLargeMessageLeavesOverTcp() {
        String large = "x".repeat(5000);
        defer(alice.write(bob.aor()).text(large));

        bob.answerWith(InviteAnswer.refuse(488)).register();

        assertThat(bob.awaitPages(1, SOON).get(0).text()).isEqualTo(large);
        int seen = scene.wire()
                .indexOf(
                        "AS",
                        "Core",
                        sip -> sip.isRequest()
                                && sip.method().equals("MESSAGE")
                                && sip.to().sipUri().aor().equals(bob.aor()));
        assertThat(((SipMessage) scene.core().trace().seen().get(seen).message()).need("Via"))
                .contains("/TCP ");
    }

    @Test
    void comesAfterASessionInWhichTheClientTakesNothingOfOurs() {
        defer(alice, bob, 2);

        bob.answerWith(InviteAnswer.accept().acceptTypes("text/plain")).register();

        Call call = bob.awaitBye(SOON);
        assertThat(bob.awaitPages(2, SOON)).extracting(SipMessage::text).containsExactly(numbered(1, 2));
        assertThat(bob.messages().size()).isZero();
        assertThat(call.isBroken()).isFalse();
    }

    @Test
    void comesBesideTheSessionForWhatTheClientTakesInNoFormThere() {
        defer(alice.write(bob.aor()).body("text/html", "<p>first</p>".getBytes()));
        defer(alice.write(bob.aor()).text("second"));

        bob.answerWith(InviteAnswer.accept().acceptTypes("message/cpim").wrappedTypes("text/plain"))
                .register();

        assertThat(bob.awaitPages(1, SOON).get(0).text()).isEqualTo("<p>first</p>");
        assertThat(bob.awaitMessages(1, SOON).get(0).contentType()).isEqualTo("message/cpim");
        bob.awaitBye(SOON);
        assertThat(scene.server().waiting()).isEqualTo(waitedBefore);
    }

    @ParameterizedTest
    @ValueSource(ints = {480, 503})
    void isTriedAgainLaterWhenTheMessageIsRefusedWith(int status) {
        defer(alice, bob, 2);
        bob.answerPages(0).answerWith(InviteAnswer.refuse(488)).register();
        bob.awaitPages(1, SOON);

        bob.releasePages(status);
        bob.answerPages(200);

        bob.pages().await(page -> page.text().equals("message 2"), "with the second text", SOON);
        assertThat(bob.calls().size()).as("a session is tried each time").isGreaterThan(1);
        assertNothingIsLeft();
    }

    @Test
    void isTriedAgainAtTheNextRegistrationWhenTheMessageIsRefusedWith486() {
        deferForLater(alice, bob, 1);
        bob.answerPages(486).answerWith(InviteAnswer.refuse(488)).register();
        bob.awaitPages(1, SOON);
        assertThat(bob.calls().find(call -> bob.calls().size() > 1, A_WHILE)).isEmpty();

        bob.answerPages(200).register();

        bob.awaitPages(2, SOON);
    }

    @ParameterizedTest
    @ValueSource(ints = {405, 415, 488})
    void isHeldAndTheNextComesWhenTheMessageIsRefusedWith(int status) {
        defer(alice, bob, 2);
        bob.answerPages(status).answerWith(InviteAnswer.refuse(488)).register();
        assertThat(bob.awaitPages(2, SOON)).extracting(SipMessage::text).containsExactly(numbered(1, 2));

        bob.answerWith(InviteAnswer.accept()).register();

        List<ReceivedMessage> messages = bob.awaitMessages(2, SOON);
        assertThat(texts(messages)).containsExactly(numbered(1, 2));
    }

    @Test
    void isNotForWhatIsTooLarge() {
        String large = "x".repeat(70_000);
        defer(alice.write(bob.aor()).text(large));
        defer(alice.write(bob.aor()).text("small"));

        bob.answerWith(InviteAnswer.refuse(488)).register();
        assertThat(bob.awaitPages(1, SOON).get(0).text()).isEqualTo("small");

        bob.answerWith(InviteAnswer.accept()).register();
        assertThat(bob.awaitMessages(1, SOON).get(0).encapsulated().text()).isEqualTo(large);
        assertThat(bob.pages().size()).isOne();
    }
}
