package im.deferred.app.embedded;

import java.beans.PropertyChangeEvent;
import java.beans.PropertyChangeListener;
import org.mobicents.servlet.sip.catalina.SipStandardManager;

/** The container's session manager as Tomcat 7.0.109 takes it: that release keeps managers in an array of listeners. */
public final class SessionManager extends SipStandardManager implements PropertyChangeListener {

    /** The container tells of a changed session timeout, which the application's own descriptor has already set. */
    @Override
    public void propertyChange(PropertyChangeEvent event) {}
}
