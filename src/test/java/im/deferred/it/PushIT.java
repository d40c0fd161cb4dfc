package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Call;
import im.deferred.lab.InviteAnswer;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.User;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Seed steps 1 to 13: what waits for a user goes out when the user registers. */
@ExtendWith(ArquillianExtension.class)
class PushIT {

    @RegisterExtension
    static final Scene scene = new Scene();

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.3S", "push.retry-first=PT0.2S");
    }

    @ParameterizedTest
    @ValueSource(strings = {"active", "passive"})
    void pushesOneMessageInBothSetupRoles(String role) {
        User alice = scene.user("alice");
        User bob = scene.user("bob");
        assertThat(alice.write(bob.aor()).text("Are you there?").send().status())
                .isEqualTo(202);

        bob.answerWith(InviteAnswer.accept().setup(role)).register();

        ReceivedMessage message = bob.awaitMessages(1, SOON).get(0);
        assertThat(message.encapsulated().text()).isEqualTo("Are you there?");
        Call call = bob.awaitBye(SOON);
        assertThat(call.isBroken()).isFalse();
    }
}
