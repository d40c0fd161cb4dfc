package im.deferred.session;

import static im.deferred.registration.FakeSip.fake;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import im.deferred.core.AddressRange;
import im.deferred.core.Aor;
import im.deferred.core.SipIpCore;
import im.deferred.msrp.MsrpEndpoint;
import im.deferred.msrp.MsrpLimits;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.RelayAccess;
import im.deferred.msrp.RelayGrant;
import im.deferred.msrp.RelayLimits;
import im.deferred.msrp.RelaySettings;
import im.deferred.msrp.auth.Credentials;
import im.deferred.registration.FakeSip.Method;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.servlet.sip.SipApplicationSession;
import javax.servlet.sip.SipFactory;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipSession;
import javax.servlet.sip.SipURI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The INVITE as it leaves (FLOW.md, steps 2 and 3). */
class SessionsTest {

    private static final Aor BOB = new Aor("sip:bob@example.test");

    private final Map<String, Object> invite = new HashMap<>();
    private final MsrpEndpoint msrp = new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, null);
    private MsrpUri relay;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private Supplier<CompletionStage<LocalEnd>> localEnds =
            () -> CompletableFuture.completedStage(LocalEnd.at(MsrpUri.parse("msrp://192.0.2.1:2855/s1;tcp")));

    @AfterEach
    void close() {
        timer.shutdownNow();
        msrp.close();
    }

    @Test
    void theInviteIsThatOfTheFlow() {
        sessions(Duration.ofMinutes(1), null).invite(BOB, List.of("message/sip", "message/cpim"), false);

        assertThat(invite)
                .contains(
                        entry("method", "INVITE"),
                        entry("From", "sip:im-server@example.test"),
                        entry("To", "sip:bob@example.test"),
                        entry("Route", "sip:127.0.0.1:5060;lr"),
                        entry("Accept-Contact", "*;+g.oma.sip-im"),
                        entry("P-Asserted-Identity", "<sip:im-server@example.test>"),
                        entry("User-Agent", "IM-serv/OMA1.0 deferred-im/1"),
                        entry("Content-Type", "application/sdp"),
                        entry("handler", SessionServlet.NAME),
                        entry("application session expires", 0),
                        entry("sent", true));
        assertThat((String) invite.get("body"))
                .contains(
                        "m=message 2855 TCP/MSRP *\r\n",
                        "a=path:msrp://192.0.2.1:2855/s1;tcp\r\n",
                        "a=accept-types:message/sip message/cpim\r\n",
                        "a=setup:actpass\r\n",
                        "a=sendonly\r\n");
    }

    @Test
    void itIsGivenUpInTime() {
        MessagingSession session = sessions(Duration.ofMillis(1), null).invite(BOB, List.of("message/sip"), false);

        assertThat(session.established())
                .failsWithin(10, TimeUnit.SECONDS)
                .withThrowableThat()
                .havingCause()
                .asInstanceOf(type(SessionFailure.class))
                .returns(408, SessionFailure::status);
    }

    @Test
    void oneThatCannotBeSentLeavesNothingBehind() {
        MessagingSession session = sessions(Duration.ofMinutes(1), new IOException("no way to the core"))
                .invite(BOB, List.of("message/sip"), false);

        assertThat(session.established()).isCompletedExceptionally();
        assertThat(session.ended()).isCompleted();
        assertThat(invite).containsEntry("invalidated", true);
    }

    @Test
    void withoutARelayToStandBehindItIsA503() {
        localEnds = () -> CompletableFuture.failedStage(new IOException("the relay is down"));

        MessagingSession session = sessions(Duration.ofMinutes(1), null).invite(BOB, List.of("message/sip"), false);

        assertThat(session.established())
                .failsWithin(10, TimeUnit.SECONDS)
                .withThrowableThat()
                .havingCause()
                .asInstanceOf(type(SessionFailure.class))
                .returns(503, SessionFailure::status);
        assertThat(session.ended()).isCompleted();
        assertThat(invite).containsEntry("invalidated", true).doesNotContainKey("sent");
    }

    @Test
    void whatIsGivenUpWhileTheRelayIsAskedIsNotSent() throws Exception {
        RelayGrant grant = grant();
        CompletableFuture<LocalEnd> asked = new CompletableFuture<>();
        localEnds = () -> asked;
        MessagingSession session = sessions(Duration.ofMinutes(1), null).invite(BOB, List.of("message/sip"), false);
        assertThat(invite).doesNotContainKey("sent");

        session.end();
        asked.complete(LocalEnd.behind(grant));

        assertThat(session.ended()).isCompleted();
        assertThat(invite).doesNotContainKey("sent");
        assertThat(grant.closed()).succeedsWithin(10, TimeUnit.SECONDS);
    }

    @Test
    void m31_behindARelayTheRelayIsOffered() throws Exception {
        RelayGrant grant = grant();
        localEnds = () -> CompletableFuture.completedStage(LocalEnd.behind(grant));

        sessions(Duration.ofMinutes(1), null).invite(BOB, List.of("message/sip"), false);

        assertThat((String) invite.get("body"))
                .contains(
                        "m=message " + relay.port() + " TCP/MSRP *\r\n",
                        "a=path:" + grant.usePath().get(0) + " msrp://192.0.2.1:2855/s1;tcp\r\n",
                        "a=setup:actpass\r\n")
                .doesNotContain("msrp-cema");
        assertThat(grant.closed().toCompletableFuture()).isNotDone();
    }

    @Test
    void theRelayIsLeftWhenTheInviteCannotBeSent() throws Exception {
        RelayGrant grant = grant();
        localEnds = () -> CompletableFuture.completedStage(LocalEnd.behind(grant));

        sessions(Duration.ofMinutes(1), new IOException("no way to the core"))
                .invite(BOB, List.of("message/sip"), false);

        assertThat(grant.closed()).succeedsWithin(10, TimeUnit.SECONDS);
    }

    /** Of this test's own endpoint, which is a relay too. */
    private RelayGrant grant() throws Exception {
        InetSocketAddress address = msrp.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        relay = new MsrpUri(false, address.getHostString(), address.getPort(), null);
        msrp.relay(
                new RelaySettings(relay, "example.test", true, RelayLimits.DEFAULTS),
                Credentials.of(Map.of("server", "secret")));
        RelayAccess access = new RelayAccess(relay, Set.of(), "server", "secret", Duration.ofMinutes(5));
        return msrp.authorize(MsrpUri.parse("msrp://192.0.2.1:2855/s1;tcp"), access)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    private Sessions sessions(Duration answerTimeout, IOException sendFailure) {
        SipApplicationSession application = fake(
                SipApplicationSession.class,
                Map.of(
                        "setExpires",
                                minutes -> {
                                    invite.put("application session expires", minutes[0]);
                                    return minutes[0];
                                },
                        "setAttribute", pair -> null,
                        "invalidate", none -> invite.put("invalidated", true)));
        SipSession dialog = fake(
                SipSession.class,
                Map.of(
                        "setHandler", name -> invite.put("handler", name[0]),
                        "setAttribute", pair -> null,
                        "getApplicationSession", none -> application));
        Map<String, Method> request = Map.of(
                "setHeader", header -> invite.put((String) header[0], header[1]),
                "pushRoute", uri -> invite.put("Route", uri[0].toString()),
                "getApplicationSession", none -> application,
                "getSession", none -> dialog,
                "setRoutingDirective", none -> null,
                "setContent",
                        content -> {
                            invite.put("Content-Type", content[1]);
                            return invite.put("body", new String((byte[]) content[0], StandardCharsets.UTF_8));
                        },
                "send",
                        none -> {
                            if (sendFailure != null) {
                                throw sendFailure;
                            }
                            return invite.put("sent", true);
                        });
        SipFactory factory = fake(
                SipFactory.class,
                Map.of(
                        "createApplicationSession", none -> application,
                        "createURI",
                                uri -> fake(
                                        SipURI.class,
                                        Map.of("toString", none -> uri[0], "getHost", none -> "127.0.0.1")),
                        "createRequest",
                                line -> {
                                    invite.put("method", line[1]);
                                    invite.put("From", line[2].toString());
                                    invite.put("To", line[3].toString());
                                    return fake(SipServletRequest.class, request);
                                }));
        SipIpCore core = new SipIpCore(
                factory,
                "sip:127.0.0.1:5060;lr",
                List.of(AddressRange.parse("127.0.0.1")),
                Set.of("example.test"),
                "sip:im-server@example.test",
                "deferred-im/1");
        LocalEnd.Source ends = new LocalEnd.Source() {
            @Override
            public CompletionStage<LocalEnd> toOffer() {
                return localEnds.get();
            }

            @Override
            public CompletionStage<LocalEnd> toAnswer(boolean secure) {
                throw new UnsupportedOperationException("nobody is answered here");
            }
        };
        return new Sessions(core, msrp, ends, List.of(), timer, answerTimeout);
    }
}
