package im.deferred.session;

import static im.deferred.registration.FakeSip.fake;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.core.ManualTimer;
import im.deferred.msrp.MsrpUri;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import javax.servlet.sip.SipSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionServletTest {

    private final SessionServlet servlet = new SessionServlet();
    private final FakeDialog sip = new FakeDialog();
    private final InvitedSession session = new InvitedSession(
            sip.invite,
            agreement -> {
                throw new IllegalStateException("no media here");
            },
            new ManualTimer());
    private final List<Integer> answers = new ArrayList<>();

    @BeforeEach
    void attach() {
        session.offering(new Description(
                LocalMedia.offering(
                        LocalEnd.at(MsrpUri.parse("msrp://192.0.2.1:2855/s1;tcp")),
                        Terms.sending(List.of("message/sip")),
                        List.of()),
                1));
        session.attach(sip.session);
    }

    @Test
    void aRefreshOfASessionThatNobodyKnowsIs481() throws IOException {
        servlet.doUpdate(request(new FakeDialog().session));

        assertThat(answers).containsExactly(481);
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 302, 380})
    void aRedirectionIsARefusal(int status) {
        servlet.doRedirectResponse(response("INVITE", status));

        assertThat(session.established()).isCompletedExceptionally();
        assertThat(session.ended()).isCompleted();
    }

    @Test
    void anErrorIsOne() {
        servlet.doErrorResponse(response("INVITE", 486));

        assertThat(session.established()).isCompletedExceptionally();
        assertThat(session.ended()).isCompleted();
    }

    @Test
    void theSessionIsOverWhenItsByeIsAnsweredWithWhatever() throws IOException {
        session.answered(sip.ok(sip.session, null));
        assertThat(sip.sent).containsExactly("ACK", "BYE");
        assertThat(session.ended()).isNotDone();

        servlet.doErrorResponse(response("BYE", 481));

        assertThat(session.ended()).isCompleted();
    }

    @Test
    void theClientsByeIsAnsweredEvenIfNobodyKnowsItsSession() throws IOException {
        servlet.doBye(request(new FakeDialog().session));

        assertThat(answers).containsExactly(200);
    }

    private SipServletRequest request(SipSession dialog) {
        return fake(
                SipServletRequest.class,
                Map.of(
                        "getSession", none -> dialog,
                        "createResponse",
                                status -> fake(
                                        SipServletResponse.class,
                                        Map.of("send", none -> answers.add((Integer) status[0])))));
    }

    private SipServletResponse response(String method, int status) {
        return fake(
                SipServletResponse.class,
                Map.of(
                        "getMethod", none -> method,
                        "getStatus", none -> status,
                        "getHeader", name -> null,
                        "getSession", none -> sip.session));
    }
}
