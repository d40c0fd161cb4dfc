package im.deferred.session;

import im.deferred.core.NotNow;
import java.io.IOException;
import java.util.Optional;
import javax.servlet.sip.SipServlet;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import javax.servlet.sip.SipSession;

/**
 * The SIP side of the sessions: hands an INVITE to the {@link IncomingSessions}, which it finds in the servlet context under the name of
 * that class (503 as long as they are not there), and what comes in a dialog to its {@link DialogSession}.
 */
public final class SessionServlet extends SipServlet {

    /** This servlet's name in {@code sip.xml}. */
    static final String NAME = "session";

    private static final long serialVersionUID = 1L;

    @Override
    protected void doInvite(SipServletRequest invite) throws IOException {
        if (!invite.isInitial()) {
            refresh(invite);
            return;
        }
        IncomingSessions sessions =
                (IncomingSessions) getServletContext().getAttribute(IncomingSessions.class.getName());
        if (sessions == null) {
            NotNow.answer(invite);
        } else {
            sessions.arrived(invite);
        }
    }

    @Override
    protected void doUpdate(SipServletRequest update) throws IOException {
        refresh(update);
    }

    private static void refresh(SipServletRequest request) throws IOException {
        Optional<DialogSession> session = DialogSession.of(request.getSession());
        if (session.isPresent()) {
            session.get().refreshed(request);
        } else {
            request.createResponse(SipServletResponse.SC_CALL_LEG_DONE).send();
        }
    }

    @Override
    protected void doAck(SipServletRequest ack) {
        DialogSession.of(ack.getSession()).ifPresent(DialogSession::acknowledged);
    }

    @Override
    protected void doCancel(SipServletRequest cancel) {
        DialogSession.of(cancel.getSession()).ifPresent(DialogSession::cancelled);
    }

    @Override
    protected void doProvisionalResponse(SipServletResponse response) {
        DialogSession.of(response.getSession()).ifPresent(session -> session.progressing(response));
    }

    @Override
    protected void doSuccessResponse(SipServletResponse response) throws IOException {
        Optional<DialogSession> session = DialogSession.of(response.getSession());
        if (session.isEmpty()) {
            return;
        }
        switch (response.getMethod()) {
            case "INVITE" -> session.get().answered(response);
            case "UPDATE" -> session.get().refreshAnswered(response);
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
        DialogSession.of(response.getSession()).ifPresent(session -> {
            switch (response.getMethod()) {
                case "INVITE" -> session.refused(response);
                case "UPDATE" -> session.refreshAnswered(response);
                case "BYE" -> session.byeAnswered(response);
                default -> log("unexpected answer to " + response.getMethod());
            }
        });
    }

    /** With its answer the container may forget the dialog: what it belongs to is looked up before. */
    @Override
    protected void doBye(SipServletRequest bye) throws IOException {
        SipSession dialog = bye.getSession();
        Optional<DialogSession> session = DialogSession.of(dialog);
        bye.createResponse(SipServletResponse.SC_OK).send();
        session.ifPresent(left -> left.leftBy(dialog));
    }
}
