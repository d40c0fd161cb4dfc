package im.deferred.registration;

import java.io.IOException;
import java.util.Optional;
import javax.servlet.sip.SipServlet;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;

/** Hands what comes in the dialogs of {@link RegEvents} to the dialog. Nothing outside of a dialog comes here. */
public final class RegEventServlet extends SipServlet {

    /** This servlet's name in {@code sip.xml}. */
    static final String NAME = "reg";

    private static final long serialVersionUID = 1L;

    @Override
    protected void doNotify(SipServletRequest notify) throws IOException {
        Optional<RegDialog> dialog = RegDialog.of(notify.getSession());
        if (dialog.isPresent()) {
            dialog.get().notified(notify);
        } else {
            notify.createResponse(SipServletResponse.SC_CALL_LEG_DONE).send();
        }
    }

    @Override
    protected void doSuccessResponse(SipServletResponse response) {
        RegDialog.of(response.getSession()).ifPresent(dialog -> dialog.answered(response));
    }

    /** Who else could be asked is the core's to know. */
    @Override
    protected void doRedirectResponse(SipServletResponse response) {
        doErrorResponse(response);
    }

    @Override
    protected void doErrorResponse(SipServletResponse response) {
        RegDialog.of(response.getSession()).ifPresent(dialog -> dialog.answered(response));
    }
}
