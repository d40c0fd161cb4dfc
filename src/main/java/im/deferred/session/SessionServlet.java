package im.deferred.session;

import java.io.IOException;
import javax.servlet.sip.SipServlet;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;

/** The SIP side of the sessions: hands what comes in a dialog to its {@link InvitedSession}. */
public final class SessionServlet extends SipServlet {

    /** This servlet's name in {@code sip.xml}. */
    static final String NAME = "session";

    private static final long serialVersionUID = 1L;

    /** Sessions are this server's to open: one that a user wants goes to the other user, not here. */
    @Override
    protected void doInvite(SipServletRequest invite) throws IOException {
        invite.createResponse(SipServletResponse.SC_NOT_ACCEPTABLE_HERE).send();
    }

    @Override
    protected void doSuccessResponse(SipServletResponse response) throws IOException {
        var session = InvitedSession.of(response.getSession());
        if (session.isEmpty()) {
            return;
        }
        switch (response.getMethod()) {
            case "INVITE" -> session.get().answered(response);
            case "BYE" -> session.get().byeAnswered(response);
            default -> log("unexpected answer to " + response.getMethod());
        }
    }

    /** Where else the user may be found is for the core to follow; to this server a 3xx is a refusal. */
    @Override
    protected void doRedirectResponse(SipServletResponse response) {
        doErrorResponse(response);
    }

    @Override
    protected void doErrorResponse(SipServletResponse response) {
        InvitedSession.of(response.getSession()).ifPresent(session -> {
            switch (response.getMethod()) {
                case "INVITE" -> session.refused(response);
                case "BYE" -> session.byeAnswered(response);
                default -> log("unexpected answer to " + response.getMethod());
            }
        });
    }

    @Override
    protected void doBye(SipServletRequest bye) throws IOException {
        bye.createResponse(SipServletResponse.SC_OK).send();
        InvitedSession.of(bye.getSession()).ifPresent(session -> session.ended(bye));
    }
}
