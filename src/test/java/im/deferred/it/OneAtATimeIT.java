package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Call;
import im.deferred.lab.InviteAnswer;
import im.deferred.lab.MsrpBehaviour;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.User;
import java.util.List;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device that breaks when a second SEND comes before it answered the first gets everything nevertheless, one after the other. */
@ExtendWith(ArquillianExtension.class)
class OneAtATimeIT {

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.3S", "push.retry-first=PT0.2S", "push.window=8");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
    }

    /** A passive client gets a SEND without content first: that one is answered too before the first message comes. */
    @ParameterizedTest
    @ValueSource(strings = {"active", "passive"})
    void servesADeviceThatBrokeOneMessageAtATimeFromThenOn(String role) {
        String large = "x".repeat(200_000);
        defer(alice, bob, 5, text -> text.endsWith("3") ? text + large : text);

        bob.msrp(MsrpBehaviour.answering().breakingOnASecondSend())
                .answerWith(InviteAnswer.accept().setup(role))
                .register();

        Call broken = bob.awaitCall(SOON);
        Call whole = bob.awaitCall(SOON);
        bob.awaitBye(SOON);
        bob.awaitBye(SOON);
        assertThat(broken.isBroken()).isTrue();
        assertThat(whole.isBroken()).isFalse();
        List<ReceivedMessage> served = bob.messages().all().stream()
                .filter(message -> message.call() == whole)
                .toList();
        assertThat(texts(served).stream().map(text -> text.replace(large, ""))).containsExactly(numbered(1, 5));

        scene.deregister(bob);
        defer(alice, bob, 3);
        bob.register();
        Call next = bob.awaitCall(SOON);
        bob.awaitBye(SOON);
        assertThat(next.isBroken()).isFalse();
        assertThat(texts(bob.messages().all().stream()
                        .filter(message -> message.call() == next)
                        .toList()))
                .containsExactly(numbered(1, 3));
        assertThat(bob.calls().size()).isEqualTo(3);
    }
}
