package im.deferred.console.jmx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class ManagementTest {

    private final MBeanServer server = MBeanServerFactory.newMBeanServer();

    @Test
    void nothingIsLeftWhenItCloses() throws Exception {
        Management management = new Management(server, null, null, null, Optional::empty);
        assertThat(server.queryNames(new ObjectName("im.deferred:*"), null))
                .extracting(ObjectName::getCanonicalName)
                .containsExactlyInAnyOrder(
                        "im.deferred:type=Messages", "im.deferred:type=Node", "im.deferred:type=Pushes");

        management.close();

        assertThat(server.queryNames(new ObjectName("im.deferred:*"), null)).isEmpty();
    }

    @Test
    void aNodeWhoseNamesAreTakenIsNotManagedAndTakesNothingAway() throws Exception {
        Management first = new Management(server, null, null, null, Optional::empty);

        new Management(server, null, null, null, Optional::empty).close();

        assertThat(server.queryNames(new ObjectName("im.deferred:*"), null)).hasSize(3);
        first.close();
    }

    @Test
    void whatIsWrongIsToldAsByHealth() throws Exception {
        new Management(server, null, null, null, () -> Optional.of("the database does not answer"));

        assertThat(server.getAttribute(new ObjectName("im.deferred:type=Node"), "Problem"))
                .isEqualTo("the database does not answer");
    }
}
