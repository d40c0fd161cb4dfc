package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Call;
import im.deferred.lab.InviteAnswer;
import im.deferred.lab.MsrpBehaviour;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.SipMessage;
import im.deferred.lab.User;
import im.deferred.msrp.RawPeer;
import java.net.InetAddress;
import java.net.ServerSocket;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Seed steps 1 to 13: what waits for a user goes out when the user registers. */
@ExtendWith(ArquillianExtension.class)
class PushIT {

    private static final int WINDOW = 8;

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with(
                "push.idle=PT3S", "push.window=" + WINDOW, "push.retry-first=PT0.2S", "push.page-mode=false");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
    }

    @Test
    void playsTheStepsInTheirOrder() {
        defer(alice, bob, 1);

        bob.register();
        bob.awaitMessages(1, SOON);
        Call call = bob.awaitBye(SOON);
        scene.deregister(bob); // what is answered after the BYE says that the BYE is answered

        String name = bob.name();
        assertThat(scene.wire().session(bob, call))
                .containsExactly(
                        "AS>Core INVITE",
                        "Core>" + name + " INVITE",
                        name + ">Core 200 INVITE",
                        "Core>AS 200 INVITE",
                        "AS>Core ACK",
                        "Core>" + name + " ACK",
                        name + ">AS MSRP SEND",
                        "AS>" + name + " MSRP 200",
                        "AS>" + name + " MSRP SEND with content",
                        name + ">AS MSRP 200",
                        "AS>Core BYE",
                        "Core>" + name + " BYE",
                        name + ">Core 200 BYE",
                        "Core>AS 200 BYE");
        assertThat(call.isBroken()).as("connection closed before the BYE").isFalse();
    }

    @Test
    void s6_offersWhatTheSeedSays() {
        defer(alice, bob, 1);

        bob.register();

        Call call = bob.awaitCall(SOON);
        SipMessage invite = call.invite();
        assertThat(invite.to().sipUri().aor()).isEqualTo(bob.aor());
        assertThat(invite.from().sipUri().aor()).isEqualTo("sip:im-server@example.test");
        assertThat(invite.address("P-Asserted-Identity").uri()).isEqualTo("sip:im-server@example.test");
        assertThat(invite.need("Accept-Contact")).isEqualTo("*;+g.oma.sip-im");
        assertThat(invite.need("User-Agent")).startsWith("IM-serv/OMA1.0 deferred-im/");
        assertThat(call.offer().streams())
                .containsExactly("message " + scene.server().msrp().getPort() + " TCP/MSRP *");
        assertThat(call.offer().attribute("path").orElseThrow())
                .matches("msrp://127\\.0\\.0\\.1:" + scene.server().msrp().getPort() + "/[A-Za-z0-9_-]{14,};tcp");
        assertThat(call.offer().attribute("accept-types").orElseThrow().split(" "))
                .contains("message/sip", "message/sipfrag", "message/cpim");
        assertThat(call.offer().attribute("setup")).contains("actpass");
        assertThat(call.offer().attribute("sendonly")).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"active", "passive"})
    void pushesInBothSetupRoles(String role) {
        defer(alice, bob, 3);

        bob.answerWith(InviteAnswer.accept().setup(role)).register();

        assertThat(texts(bob.awaitMessages(3, SOON))).containsExactly(numbered(1, 3));
    }

    /** A border that stands in the way of MSRP: its address is in the media lines, and neither end's path is the other's (RFC 6714). */
    @Test
    void m37_pushesThroughABorderThatRewritesAddresses() throws Exception {
        defer(alice, bob, 2);
        try (ServerSocket border = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            border.setSoTimeout((int) SOON.toMillis());
            bob.answerWith(InviteAnswer.accept()
                            .setup("passive") // so that the client of the lab stays out of it
                            .sdp(sdp -> sdp.replaceFirst(
                                            "m=message .*", "m=message " + border.getLocalPort() + " TCP/MSRP *")
                                    .replaceFirst(
                                            "a=path:.*",
                                            "a=path:msrp://192.0.2.7:7777/bobssession00001;tcp\r\na=msrp-cema")))
                    .register();

            try (RawPeer peer = new RawPeer(border.accept())) {
                for (int i = 0; i <= 2; i++) {
                    RawPeer.Frame send = peer.read();
                    assertThat(send.header("To-Path")).isEqualTo("msrp://192.0.2.7:7777/bobssession00001;tcp");
                    if (i > 0) {
                        assertThat(send.body()).endsWith("\r\n\r\nmessage " + i);
                    }
                    peer.write(send.answer("200 OK")
                            .replaceFirst("From-Path: .*", "From-Path: msrp://192.0.2.9:9/bobssession00001;tcp"));
                }
                bob.awaitBye(SOON);
            }
        }
        assertThat(bob.calls().size()).isOne();
    }

    @Test
    void pushesToAClientThatConnectsBeforeTheAck() {
        defer(alice, bob, 3);

        bob.answerWith(InviteAnswer.accept().connectingEarly()).register();

        assertThat(texts(bob.awaitMessages(3, SOON))).containsExactly(numbered(1, 3));
        assertThat(bob.calls().size()).isOne();
    }

    @Test
    void pushesAThousandMessagesInOrderInOneSession() {
        String kilobyte = "-".repeat(1024 - "message 1000".length());
        defer(alice, bob, 1000, text -> text + kilobyte);

        bob.register();

        List<ReceivedMessage> messages = bob.awaitMessages(1000, Duration.ofSeconds(60));
        assertThat(texts(messages).stream().map(text -> text.replace(kilobyte, "")))
                .containsExactly(numbered(1, 1000));
        assertThat(messages).extracting(ReceivedMessage::call).containsOnly(bob.awaitCall(SOON));
        bob.awaitBye(SOON);
        assertThat(bob.messages().size()).isEqualTo(1000);
    }

    @ParameterizedTest
    @CsvSource({
        "message/sip, message/sip",
        "message/cpim message/sip, message/sip",
        "message/sipfrag, message/sipfrag",
        "message/cpim text/plain, message/cpim",
        "*, message/sip",
        "message/*, message/sip"
    })
    void sendsInTheFirstFormThatTheClientAccepts(String acceptTypes, String form) {
        defer(alice.write(bob.aor()).text("hello"));

        bob.answerWith(InviteAnswer.accept().acceptTypes(acceptTypes).wrappedTypes(""))
                .register();

        ReceivedMessage message = bob.awaitMessages(1, SOON).get(0);
        assertThat(message.contentType()).isEqualTo(form);
        assertThat(new String(message.body(), UTF_8)).endsWith("\r\n\r\nhello");
        assertThat(message.date()).isPresent();
    }

    @Test
    void aFragmentHasNoStartLineAndAnEncapsulatedRequestHasOne() {
        defer(alice.write(bob.aor()).text("first"));
        bob.answerWith(InviteAnswer.accept().acceptTypes("message/sipfrag")).register();
        assertThat(bob.awaitMessages(1, SOON).get(0).encapsulated().startLine()).isEmpty();
        scene.deregister(bob);

        defer(alice.write(bob.aor()).text("second"));
        bob.answerWith(InviteAnswer.accept()).register();
        assertThat(bob.awaitMessages(2, SOON).get(1).encapsulated().startLine())
                .isEqualTo("MESSAGE " + bob.aor() + " SIP/2.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "message/msrp"})
    void keepsWhatTheClientAcceptsInNoForm(String acceptTypes) {
        keepsFor(InviteAnswer.accept().acceptTypes(acceptTypes));
    }

    /** RFC 4975 §8.6: what is inside a wrapper must be accepted too. */
    @Test
    void keepsWhatTheClientDoesNotAcceptInsideCpim() {
        keepsFor(InviteAnswer.accept().acceptTypes("message/cpim").wrappedTypes("message/imdn+xml"));
    }

    private void keepsFor(InviteAnswer answer) {
        defer(alice, bob, 2);

        bob.answerWith(answer).register();
        bob.awaitBye(SOON);
        assertThat(bob.messages().all()).isEmpty();

        bob.answerWith(InviteAnswer.accept()).register();
        assertThat(texts(bob.awaitMessages(2, SOON))).containsExactly(numbered(1, 2));
    }

    @Test
    void sendsWhatComesInTheIdleTimeInTheSameSession() {
        defer(alice, bob, 1);
        bob.register();
        bob.awaitMessages(1, SOON);

        assertThat(alice.write(bob.aor()).text("one more").send().status()).isEqualTo(202);

        List<ReceivedMessage> messages = bob.awaitMessages(2, SOON);
        assertThat(texts(messages)).containsExactly("message 1", "one more");
        assertThat(messages).extracting(ReceivedMessage::call).containsOnly(bob.awaitCall(SOON));
        bob.awaitBye(SOON);
        assertThat(bob.calls().size()).isOne();
        assertThat(bob.pages().size()).isZero();
    }

    @Test
    void keepsAMessageUntilItsAnswer() {
        long before = scene.server().waiting();
        defer(alice, bob, 2);
        bob.msrp(MsrpBehaviour.answering().holding()).register();

        bob.awaitMessages(2, SOON);
        assertThat(scene.server().waiting()).isEqualTo(before + 2);

        bob.release();
        bob.awaitBye(SOON);
        assertThat(scene.server().waiting()).isEqualTo(before);
    }

    @Test
    void stopsWhenTheUserDeregistersAndGoesOnAtTheNextRegistration() {
        defer(alice, bob, 20);
        bob.msrp(MsrpBehaviour.answering().holding()).register();
        bob.awaitMessages(WINDOW, SOON);

        scene.deregister(bob);
        bob.release();
        bob.awaitBye(SOON);
        assertThat(texts(bob.messages().all())).containsExactly(numbered(1, WINDOW));

        bob.register();
        assertThat(texts(bob.awaitMessages(20, SOON))).containsExactly(numbered(1, 20));
    }

    @Test
    void takesTheFirstOfTwoAnswersAndEndsTheOther() {
        User tablet = scene.device(bob.aor());
        tablet.answerPages(480);
        scene.register(tablet);
        bob.answerPages(480);
        scene.register(bob);

        defer(alice.write(bob.aor()).text("for one of you"));

        Call first = bob.awaitCall(SOON);
        Call second = tablet.awaitCall(SOON);
        first.awaitState(Call.State.CONFIRMED, SOON);
        second.awaitState(Call.State.CONFIRMED, SOON);
        bob.awaitBye(SOON);
        tablet.awaitBye(SOON);
        assertThat(bob.messages().size() + tablet.messages().size()).isOne();
        assertThat(bob.calls().size() + tablet.calls().size()).isEqualTo(2);
    }

    /** FLOW.md, facts: capabilities come from the embedded REGISTER. */
    @Test
    void invitesNobodyWhoseDevicesTellServicesAndNotMessages() {
        defer(alice, bob, 1);
        bob.features("+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\"");
        scene.register(bob);
        assertThat(bob.calls().find(call -> true, Duration.ofMillis(600))).isEmpty();

        User tablet = scene.device(bob.aor());
        scene.register(tablet);

        tablet.awaitCall(SOON);
        bob.awaitCall(SOON);
        bob.awaitBye(SOON);
        tablet.awaitBye(SOON);
        assertThat(bob.messages().size() + tablet.messages().size()).isOne();
    }

    @Test
    void invitesADeviceThatTellsNothing() {
        defer(alice, bob, 1);

        bob.features("").register();

        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("message 1");
    }
}
