package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.MsrpBehaviour;
import im.deferred.lab.User;
import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The server as an operator manages it over JMX. */
@ExtendWith(ArquillianExtension.class)
@EmbeddedOnly("its MBeans are in the process of the tests")
class ManagementIT {

    @RegisterExtension
    static final Scene scene = new Scene();

    private final MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    private User alice;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.3S");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
    }

    @AfterEach
    void undrain() throws JMException {
        call("Node", "undrain");
    }

    @Test
    void aDrainedNodeHasEndedWhatItBeganAndBeginsNothing() throws JMException {
        defer(alice, bob, 3);
        bob.msrp(MsrpBehaviour.answering().holding()).register();
        bob.awaitMessages(3, SOON);

        call("Node", "drain");
        assertThat(scene.server().get("/health/ready").statusCode()).isEqualTo(503);
        assertThat(scene.server().get("/health/ready").body()).contains("draining");
        assertThat(scene.server().get("/health/live").statusCode()).isEqualTo(200);
        assertThat(get("Node", "Drained")).isEqualTo(false);
        bob.release();
        bob.awaitBye(SOON);
        scene.awaitFigure("deferred_im_pushes_live", 0);
        assertThat(get("Node", "Drained")).isEqualTo(true);

        User carol = scene.user("carol");
        defer(alice, carol, 2);
        scene.register(carol);
        assertThat(get("Messages", "Waiting")).isEqualTo(2L);
        assertThat(carol.calls().size()).isZero();

        call("Node", "undrain");
        assertThat(texts(carol.awaitMessages(2, SOON))).containsExactly(numbered(1, 2));
        assertThat(scene.server().get("/health/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void pushesArePausedAndGoOn() throws JMException {
        call("Pushes", "pause");
        defer(alice, bob, 1);
        scene.register(bob);
        assertThat(get("Pushes", "Paused")).isEqualTo(true);
        assertThat(get("Pushes", "Live")).isEqualTo(0);
        long confirmed = (Long) get("Pushes", "Confirmed");

        call("Pushes", "resume");
        bob.awaitMessages(1, SOON);
        bob.awaitBye(SOON);
        assertThat(get("Pushes", "Confirmed")).isEqualTo(confirmed + 1);
    }

    private Object get(String type, String attribute) throws JMException {
        return beans.getAttribute(name(type), attribute);
    }

    private void call(String type, String operation) throws JMException {
        beans.invoke(name(type), operation, new Object[0], new String[0]);
    }

    private static ObjectName name(String type) throws JMException {
        return new ObjectName("im.deferred:type=" + type);
    }
}
