package im.deferred.registration;

import im.deferred.core.NotNow;
import java.io.IOException;
import javax.servlet.sip.SipServlet;
import javax.servlet.sip.SipServletRequest;

/**
 * Hands REGISTER to the {@link Registrar}, which it finds as the ServletContext attribute of that class's name. While it is
 * not there (the server still starts, or already stops) the answer is 503.
 */
public final class RegisterServlet extends SipServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void doRegister(SipServletRequest request) throws IOException {
        if (getServletContext().getAttribute(Registrar.class.getName()) instanceof Registrar registrar) {
            registrar.take(request);
        } else {
            NotNow.answer(request);
        }
    }
}
