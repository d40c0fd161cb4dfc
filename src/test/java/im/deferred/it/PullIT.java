package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.OutgoingCall;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.SipMessage;
import im.deferred.lab.User;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Users whose setting is {@code hold}: what waits for them goes out in the session that they open to fetch it. */
@ExtendWith(ArquillianExtension.class)
class PullIT {

    private static final String FETCH = "sip:deferred@example.test";

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;
    private long waitedBefore;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.3S", "push.default=hold");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
        waitedBefore = scene.server().waiting();
    }

    @ParameterizedTest
    @ValueSource(strings = {"actpass", "active", "passive"})
    void fetchesWhatWaitsInOrder(String setup) {
        defer(alice, bob, 3);
        scene.register(bob);

        OutgoingCall call = bob.invite(FETCH).setup(setup).call().awaitConnected(SOON);

        assertThat(call.answer().attribute("sendonly")).isPresent();
        assertThat(call.messages().await(3, SOON))
                .extracting(ReceivedMessage::contentType)
                .containsOnly("message/sip");
        call.awaitState(OutgoingCall.State.ENDED, SOON);
        assertThat(texts(call.messages().all())).containsExactly(numbered(1, 3));
        assertThat(call.requests().all()).extracting(SipMessage::method).containsExactly("BYE");
        assertThat(call.isBroken()).isFalse();
        assertThat(scene.server().waiting()).isEqualTo(waitedBefore);
        assertThat(bob.calls().all()).isEmpty();
    }

    @Test
    void fetchesNobodyElsesMessages() {
        defer(alice, bob, 1);

        OutgoingCall call = alice.invite(FETCH).call().awaitConnected(SOON);

        call.awaitState(OutgoingCall.State.ENDED, SOON);
        assertThat(call.messages().all()).isEmpty();
        assertThat(scene.server().waiting()).isEqualTo(waitedBefore + 1);
    }

    @Test
    void whatOneSessionDoesNotTakeTheNextOneMay() {
        defer(alice, bob, 1);
        OutgoingCall other = bob.invite(FETCH)
                .sdp(sdp -> sdp.replace("a=accept-types:*", "a=accept-types:text/plain"))
                .call()
                .awaitConnected(SOON);
        other.awaitState(OutgoingCall.State.ENDED, SOON);
        assertThat(other.messages().all()).isEmpty();

        OutgoingCall call = bob.invite(FETCH).call().awaitConnected(SOON);

        assertThat(texts(call.messages().await(1, SOON))).containsExactly("message 1");
        call.awaitState(OutgoingCall.State.ENDED, SOON);
        assertThat(scene.server().waiting()).isEqualTo(waitedBefore);
    }
}
