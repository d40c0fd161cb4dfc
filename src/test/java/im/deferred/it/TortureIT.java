package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.RawClient;
import im.deferred.lab.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The torture tests of RFC 4475, each as its name says, in words of our own ({@code torture.txt}): what is answered, that nothing else
 * changes, and that the server goes on.
 */
@ExtendWith(ArquillianExtension.class)
class TortureIT {

    @RegisterExtension
    static final Scene scene = new Scene();

    @RegisterExtension
    static final LogWatch log = new LogWatch();

    private static final String USER = "sip:absent@example.test";
    private static final Pattern OCTETS = Pattern.compile("<x((?:[0-9a-f]{2})+)>");
    private static final Pattern REPEATED = Pattern.compile("<([0-9]+)\\*([^>]*)>");

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with();
    }

    /** A message, and the status that comes back, 0 for none. */
    record Torture(String name, int status, String text) {

        /** Whether a second request follows, which over TCP is one. */
        boolean isTwo() {
            return name.equals("dblreq");
        }

        /** As it goes over the wire. */
        byte[] octets(String transport, RawClient client) {
            String via =
                    "Via: SIP/2.0/" + transport + " " + client.hostPort() + ";rport;branch=z9hG4bK" + Requests.token();
            String filled = text.replace("${via}", via)
                    .replace("${transport}", transport)
                    .replace("${host}", client.hostPort())
                    .replace("${id}", Requests.token())
                    .replace("${user}", USER);
            filled = REPEATED.matcher(filled)
                    .replaceAll(found -> found.group(2).repeat(Integer.parseInt(found.group(1))));
            return OCTETS.matcher(filled)
                    .replaceAll(found -> new String(HexFormat.of().parseHex(found.group(1)), ISO_8859_1)
                            .replace("\\", "\\\\")
                            .replace("$", "\\$"))
                    .replace("\n", "\r\n")
                    .getBytes(ISO_8859_1);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Torture> all() throws IOException {
        try (InputStream file = TortureIT.class.getResourceAsStream("torture.txt")) {
            List<Torture> cases = new ArrayList<>();
            String[] parts = new String(file.readAllBytes(), UTF_8).split("(?m)^== ");
            for (String part : List.of(parts).subList(1, parts.length)) {
                String[] name = part.substring(0, part.indexOf('\n')).split(" ");
                String text = part.substring(part.indexOf('\n') + 1);
                text = text.contains("\n\n") && !text.stripTrailing().contains("\n\n")
                        ? text // its head alone, with the empty line
                        : text.replaceFirst("\n$", "");
                String status = name[OpenLiberty.isChosen() ? name.length - 1 : 1];
                cases.add(new Torture(name[0], status.equals("-") ? 0 : Integer.parseInt(status), text));
            }
            return cases.stream();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("all")
    void overUdp(Torture torture) {
        Standing before = Standing.now();
        try (RawClient core = scene.core().raw(Transport.UDP)) {
            core.send(torture.octets("UDP", core));
            if (torture.status() > 0) {
                assertThat(core.awaitFinal(SOON).status()).isEqualTo(torture.status());
            }
            assertGoesOn(core, "UDP", before, torture.status(), 1);
        }
    }

    /**
     * Where the next message begins is not always known after such a one: what is answered then, if anything, is the container's. As it is
     * not waited for, what the log says of it may come in the test after.
     */
    @ParameterizedTest(name = "{0}")
    @MethodSource("all")
    void overTcp(Torture torture) {
        Standing before = Standing.now();
        try (RawClient core = scene.core().raw(Transport.TCP);
                RawClient next = scene.core().raw(Transport.TCP)) {
            core.send(torture.octets("TCP", core));
            if (torture.isTwo()) {
                List<Integer> answers = List.of(
                        core.awaitSip(SOON).status(), core.awaitSip(SOON).status());
                assertThat(answers).containsExactlyInAnyOrder(torture.status(), 202);
                assertGoesOn(next, "TCP", before, 202, 3);
                return;
            }
            if (torture.status() == 202) {
                assertThat(core.awaitSip(SOON).status()).isEqualTo(202);
            }
            assertGoesOn(next, "TCP", before, torture.status(), 2);
        }
    }

    /** What the server keeps. */
    private record Standing(long waiting, long registered) {

        static Standing now() {
            return new Standing(scene.server().waiting(), scene.server().figure("deferred_im_registrations"));
        }

        /** After a request with that answer. */
        Standing after(int status) {
            return new Standing(waiting + (status == 202 ? 1 : 0), registered);
        }
    }

    /** After a request with that answer, where the log may have lines of so many. */
    private static void assertGoesOn(RawClient core, String transport, Standing before, int status, int requests) {
        Standing expected = before.after(status).after(202);
        Requests.send(core, transport, Requests.message(USER, "still there?"));
        assertThat(core.awaitSip(SOON).status()).isEqualTo(202);
        assertThat(Standing.now()).isEqualTo(expected);
        log.awaitLines((int) (expected.waiting() - before.waiting()), "stored as");
        assertThat(log.traces()).isEmpty();
        assertThat(log.lines()).hasSizeLessThanOrEqualTo(requests + 1);
    }
}
