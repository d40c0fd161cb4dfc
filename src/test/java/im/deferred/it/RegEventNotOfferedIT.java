package im.deferred.it;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.User;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** S2 beside a core without the registration event: it is asked once, and all goes on as without. */
@ExtendWith(ArquillianExtension.class)
class RegEventNotOfferedIT {

    @RegisterExtension
    static final Scene scene = new Scene();

    @RegisterExtension
    static final LogWatch log = new LogWatch();

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("core.reg-event=true");
    }

    @Test
    void coreThatAnswers489IsNotAskedForEachUser() {
        User alice = scene.user("alice");
        User bob = scene.user("bob");
        scene.register(alice);
        log.awaitLines(1, "the core does not offer the reg event");
        scene.register(alice);

        scene.register(bob);

        assertThat(alice.write(bob.aor()).text("here").send().status()).isEqualTo(200);
        bob.awaitPages(1, Scene.SOON);
        assertThat(scene.wire().requestsFromServer("SUBSCRIBE", alice.aor())).hasSize(1);
        assertThat(scene.wire().requestsFromServer("SUBSCRIBE", bob.aor())).isEmpty();
    }
}
