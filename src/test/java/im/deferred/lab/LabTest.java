package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lab against a stand-in for the server: what it plays, what it notices, and how its users misbehave when told to. */
class LabTest {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final FakeAs as = new FakeAs();
    private final SipCore core = new SipCore().as(as.address());
    private final User alice = new User(core, "sip:alice@example.test");
    private final User bob = new User(core, "sip:bob@example.test");

    LabTest() {
        as.through(core.routeUri());
    }

    @AfterEach
    void close() {
        alice.close();
        bob.close();
        core.close();
        as.close();
    }

    private void aliceWrites(int count) {
        List<CompletableFuture<Sent>> sent = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            CompletableFuture<Sent> one =
                    alice.write(bob.aor()).text("message " + i).start();
            sent.add(one);
            Loop.join(sent.get(Math.max(0, i - 16)), SOON); // a window, so that UDP loses nothing
        }
        sent.forEach(one -> assertThat(Loop.join(one, SOON).status()).isEqualTo(202));
    }

    private static List<String> texts(List<ReceivedMessage> messages) {
        return messages.stream().map(message -> message.encapsulated().text()).toList();
    }

    private static String[] numbered(int... numbers) {
        return IntStream.of(numbers).mapToObj(i -> "message " + i).toArray(String[]::new);
    }

    private record Played(boolean complete, String printed) {}

    private static Played play(String... flaws) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (FakeAs server = new FakeAs(flaws);
                Lab lab = new Lab(server.address(), 0, new PrintStream(printed, true, UTF_8), PATIENCE)) {
            server.through(lab.coreUri());
            boolean complete = lab.play();
            return new Played(complete, printed.toString(UTF_8));
        }
    }

    @Test
    void playsTheThirteenSteps() {
        Played played = play();

        assertThat(played.printed()).contains("All 13 steps were seen").doesNotContain("missing", "Noted");
        assertThat(played.complete()).isTrue();
        for (Step step : Step.values()) {
            assertThat(played.printed())
                    .containsPattern("(?m)^ +" + step.number() + "  \\d\\d:\\d\\d:\\d\\d\\.\\d{3}  ");
        }
        assertThat(played.printed())
                .contains("Content-Type: message/sip", "P-Asserted-Identity: <sip:alice@example.test>", "[20480 bytes")
                .doesNotContain("Good morning", "at noon", "A long one");
    }

    @Test
    void playsAgainBesideTheSameServer() {
        try (FakeAs server = new FakeAs();
                Lab lab = new Lab(server.address(), 0, new PrintStream(new ByteArrayOutputStream(), true, UTF_8))) {
            server.through(lab.coreUri());
            assertThat(lab.play()).isTrue();
            assertThat(lab.play()).isTrue();
        }
    }

    @Test
    void saysWhichStepsAreMissing() {
        Played silent = play("bye");
        assertThat(silent.complete()).isFalse();
        assertThat(silent.printed())
                .contains("Step 10 is missing, SIP BYE request (from IM server to SIP/IP core)", "Step 13 is missing")
                .doesNotContain("Step 9 is missing");

        assertThat(play("push").printed())
                .contains("Step 2 is missing", "no INVITE came to Bob", "Step 13 is missing", "Message 3 of Alice")
                .doesNotContain("Step 1 is missing");
    }

    @Test
    void saysWhatIsNotWhole() {
        Played played = play("date");

        assertThat(played.complete()).isFalse();
        assertThat(played.printed())
                .contains("Message 1 of Alice did not come whole: wrong or missing Date in the SEND.");
    }

    @Test
    void saysThatAPortIsBusy() {
        assertThatThrownBy(() -> new Lab(as.address(), core.address().getPort(), System.out))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(
                        "Core cannot use 127.0.0.1:" + core.address().getPort());
    }

    @ParameterizedTest
    @ValueSource(strings = {"active", "passive"})
    void takesMessagesInBothRoles(String role) {
        aliceWrites(3);
        bob.answerWith(InviteAnswer.accept().setup(role)).register();

        assertThat(texts(bob.awaitMessages(3, SOON))).containsExactly(numbered(1, 2, 3));
        Call call = bob.awaitBye(SOON);
        assertThat(call.state()).isEqualTo(Call.State.ENDED);
        assertThat(call.offer().attribute("sendonly")).isPresent();
        assertThat(core.trace().problems()).isEmpty();
    }

    @Test
    void connectsBeforeTheAckWhenToldTo() {
        aliceWrites(1);
        bob.answerWith(InviteAnswer.accept().connectingEarly()).register();

        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("message 1");
        bob.awaitBye(SOON);
    }

    @Test
    void takesAThousandMessagesInOneSession() {
        aliceWrites(1000);
        bob.register();

        List<ReceivedMessage> messages = bob.awaitMessages(1000, Duration.ofSeconds(30));

        assertThat(texts(messages))
                .containsExactly(numbered(IntStream.rangeClosed(1, 1000).toArray()));
        assertThat(messages).extracting(ReceivedMessage::call).containsOnly(bob.awaitCall(SOON));
        bob.awaitBye(SOON);
        assertThat(as.waiting(bob.aor())).isZero();
    }

    @Test
    void refusesTheMessageItIsToldTo() {
        aliceWrites(3);
        bob.msrp(MsrpBehaviour.answering().refusing(2, 413)).register();

        assertThat(bob.awaitMessages(3, SOON))
                .extracting(ReceivedMessage::status)
                .containsExactly(200, 413, 200);
        bob.awaitBye(SOON);
        assertThat(as.waiting(bob.aor())).isOne();

        bob.register();
        assertThat(texts(bob.awaitMessages(4, SOON)).get(3)).isEqualTo("message 2");
    }

    @Test
    void closesTheConnectionAfterTheMessageItIsToldTo() {
        aliceWrites(5);
        bob.msrp(MsrpBehaviour.answering().closingAfter(2)).register();

        Call call = bob.awaitBye(SOON);
        assertThat(call.isBroken()).isTrue();
        assertThat(texts(bob.messages().all())).containsExactly(numbered(1, 2));
        assertThat(as.waiting(bob.aor())).isEqualTo(3);

        bob.register();
        assertThat(texts(bob.awaitMessages(5, SOON))).containsExactly(numbered(1, 2, 3, 4, 5));
    }

    @Test
    void holdsItsAnswersUntilToldToRelease() {
        aliceWrites(2);
        bob.msrp(MsrpBehaviour.answering().holding()).register();

        bob.awaitMessages(2, SOON);
        assertThat(as.waiting(bob.aor())).isEqualTo(2);

        bob.release();
        bob.awaitBye(SOON);
        assertThat(as.waiting(bob.aor())).isZero();
    }

    @Test
    void staysSilentFromTheMessageItIsToldTo() {
        aliceWrites(3);
        bob.msrp(MsrpBehaviour.answering().silentFrom(2)).register();

        assertThat(bob.awaitMessages(3, SOON))
                .extracting(ReceivedMessage::status)
                .containsExactly(200, 0, 0);
        as.delivered().await(1, SOON);
        assertThat(bob.awaitCall(SOON).hangUp().status()).isEqualTo(405); // the stand-in knows no BYE
        assertThat(as.waiting(bob.aor())).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {480, 486, 488, 603})
    void refusesTheInviteWithTheStatusItIsToldTo(int status) {
        aliceWrites(1);
        bob.answerWith(InviteAnswer.refuse(status).header("Retry-After", "3"), InviteAnswer.accept())
                .register();

        assertThat(bob.awaitCall(SOON).state()).isEqualTo(Call.State.REFUSED);
        assertThat(bob.messages().all()).isEmpty();

        bob.register();
        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("message 1");
    }

    @Test
    void forksTheInviteToAllDevices() {
        try (User tablet = new User(core, "sip:bob@example.test")) {
            tablet.answerWith(InviteAnswer.ring()).register();
            bob.register();
            aliceWrites(1);
            bob.register();

            bob.awaitMessages(1, SOON);
            tablet.awaitCall(SOON).awaitState(Call.State.CANCELLED, SOON);
            bob.awaitBye(SOON).awaitState(Call.State.CONFIRMED, SOON);
        }
    }

    @Test
    void tellsTheServerOfEachRegistration() {
        core.associate("sip:bob@example.test", "tel:+15550100");
        assertThat(bob.register(120).all("P-Associated-URI"))
                .containsExactly("<sip:bob@example.test>", "<tel:+15550100>");
        assertThat(core.thirdPartyAnswers().await(1, SOON).get(0).status()).isEqualTo(200);
        core.thirdParty(ThirdPartyRegister.standard().withoutBody().expires(77));
        bob.register();
        core.thirdPartyAnswers().await(2, SOON);
        bob.deregister();
        core.thirdPartyAnswers().await(3, SOON);

        List<SipMessage> told = core.trace().seen().stream()
                .filter(seen -> seen.to().equals("AS"))
                .map(seen -> (SipMessage) seen.message())
                .distinct() // one that is not answered soon goes out again
                .toList();
        assertThat(told).extracting(one -> one.need("Expires")).containsExactly("120", "77", "0");
        assertThat(told.get(0).text())
                .contains(
                        "Content-Type: application/3gpp-ims+xml", "+g.oma.sip-im", "P-Associated-URI: <tel:+15550100>");
        assertThat(told.get(1).body()).isEmpty();
        assertThat(core.contacts("tel:+15550100")).isZero();
        assertThat(core.tellRegistered("sip:carol@example.test", 60).status()).isEqualTo(200);
    }

    @Test
    void bringsWhatComesBackFromTheServerToTheContact() {
        String page = "MESSAGE sip:bob@example.test SIP/2.0\n"
                + "v: SIP/2.0/UDP %s;branch=z9hG4bKpage1;rport, SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKfirst\n"
                + "Route: <sip:isc@" + core.address().getAddress().getHostAddress() + ":"
                + core.address().getPort() + ";lr>\n"
                + "f: <sip:alice@example.test>;tag=1\nt: <sip:bob@example.test>\ni: page-1\nCSeq: 1 MESSAGE\n"
                + "c: text/plain\nl: 2\n\nhi";
        try (RawClient raw = new RawClient(Transport.UDP, "127.0.0.2", core.address())) {
            raw.send(page.formatted(raw.hostPort()));
            assertThat(raw.awaitSip(SOON).status()).isEqualTo(480);

            bob.answerPages(415).register();
            String next = page.replace("page1", "page2").formatted(raw.hostPort());
            raw.send(next);
            assertThat(raw.awaitSip(SOON).status()).isEqualTo(415);
            raw.send(next); // again, as over a lossy network
            SipMessage repeated = raw.awaitSip(SOON);
            assertThat(repeated.status()).isEqualTo(415);
            assertThat(repeated.all("Via")).hasSize(2);
        }
        assertThat(bob.awaitPages(1, SOON))
                .singleElement()
                .extracting(SipMessage::text)
                .isEqualTo("hi");
    }

    @Test
    void bringsMessagesStraightToTheContactWhereThereIsNoServer() {
        try (SipCore plain = new SipCore();
                User carol = new User(plain, "sip:carol@example.test");
                User dave = new User(plain, "sip:dave@example.test")) {
            assertThat(dave.write(carol.aor()).text("too early").send().status())
                    .isEqualTo(480);
            carol.register();
            assertThat(dave.write(carol.aor()).text("hi").send().status()).isEqualTo(200);
            assertThat(carol.awaitPages(1, SOON)).hasSize(1);
        }
    }

    /** The system gives out a port again that somebody had. */
    @Test
    void callsAPortByWhomeverHasItNow() {
        InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
        SipEndpoint first = new SipEndpoint(core.loop(), core.trace(), "First", any, bob);
        InetSocketAddress port = first.transport().address();
        first.close();

        SipEndpoint second = new SipEndpoint(core.loop(), core.trace(), "Second", port, bob);

        assertThat(core.trace().nameOf(port)).isEqualTo("Second");
        second.close();
    }

    @Test
    void sendsWhatIsWrittenByHand() {
        try (RawClient raw = core.raw(Transport.TCP)) {
            raw.send("MESSAGE sip:bob@example.test SIP/2.0\n"
                    + "Via: SIP/2.0/TCP " + raw.hostPort() + ";branch=z9hG4bKhand\n"
                    + "From: <sip:alice@example.test>;tag=1\nTo: <sip:bob@example.test>\nCall-ID: hand-1\n"
                    + "CSeq: 1 MESSAGE\nContent-Type: text/plain\nContent-Length: 2\n\nhi");
            assertThat(raw.awaitSip(SOON).status()).isEqualTo(202);

            raw.send("MESSAGE sip:bob@example.test SIP/2.0\nContent-Length: much\n\n");
            raw.awaitClosed(SOON);
        }
    }

    @Test
    void saysWhatItSawWhenItWaitedInVain() {
        bob.register();

        assertThatThrownBy(() -> bob.awaitMessages(2, Duration.ofMillis(50)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("waited PT0.05S for 2 MSRP messages to Bob, saw 0")
                .hasMessageContaining("REGISTER sip:example.test SIP/2.0");
    }
}
