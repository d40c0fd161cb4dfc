package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.texts;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Subscription;
import im.deferred.lab.User;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Users whose setting is {@code notify}: they are told that messages wait, and nothing is pushed, until they choose otherwise. */
@ExtendWith(ArquillianExtension.class)
class SettingIT {

    @RegisterExtension
    static final Scene scene = new Scene();

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT30S", "push.default=notify");
    }

    @Test
    void userIsToldAndNotPushedTo() {
        User alice = scene.user("alice");
        User bob = scene.user("bob");
        defer(alice, bob, 1);
        scene.register(bob);

        Subscription subscription = bob.subscribe(600);
        subscription.await("1/0 (0/0)", SOON);
        bob.answerPages(480);
        defer(alice, bob, 1);
        subscription.await("2/0 (0/0)", SOON);

        assertThat(subscription.again(0).status()).isEqualTo(200);
        subscription.notifies().await(3, SOON);
        assertThat(bob.calls().all()).isEmpty();
    }

    @Test
    void whatAUserChoosesHoldsAtOnce() {
        User alice = scene.user("alice");
        User bob = scene.user("bob");
        bob.answerPages(480);
        defer(alice, bob, 1);
        scene.register(bob);

        choose(bob, "push");
        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("message 1");
        choose(bob, "hold");
        bob.awaitBye(SOON);
        defer(alice.write(bob.aor()).text("for later"));
        assertThat(bob.calls().size()).isOne();

        choose(bob, "push");
        assertThat(texts(bob.awaitMessages(2, SOON))).containsExactly("message 1", "for later");
        choose(bob, "pull");
        bob.awaitBye(SOON);
    }

    private static void choose(User user, String delivery) {
        assertThat(new Rest(scene.server())
                        .send("PUT", "users/" + user.aor() + "/setting", "{\"delivery\":\"" + delivery + "\"}")
                        .statusCode())
                .isEqualTo(200);
    }
}
