package im.deferred.app.embedded;

import java.nio.file.Path;
import org.apache.catalina.Host;
import org.apache.catalina.startup.ExpandWar;
import org.mobicents.servlet.sip.startup.SipStandardContext;

/**
 * The WAR in the container. Its servlets stand in {@code sip.xml}: the container is kept from loading every class of every
 * library to look for annotations, which takes it seconds.
 */
public final class DeployedWar extends SipStandardContext {

    private boolean configuring;
    private String packed;

    public DeployedWar() {
        setManager(new SessionManager());
    }

    @Override
    protected void fireLifecycleEvent(String type, Object data) {
        if (type.equals(BEFORE_START_EVENT)) {
            forgetUnpacked();
        }
        configuring = type.equals(CONFIGURE_START_EVENT);
        super.fireLifecycleEvent(type, data);
        configuring = false;
    }

    /**
     * The container does not ask whether the WAR is still the one that it has unpacked; and when it starts this again, it looks for
     * what it has unpacked alone.
     */
    private void forgetUnpacked() {
        if (packed == null) {
            packed = getDocBase();
        }
        setDocBase(packed);
        Path applications = Path.of(System.getProperty("catalina.base")).resolve(((Host) getParent()).getAppBase());
        ExpandWar.delete(applications.resolve(getBaseName()).toFile());
    }

    /** Where annotated classes are looked for while the context is configured: nowhere; else where the WAR is unpacked. */
    @Override
    public String getBasePath() {
        return configuring ? super.getBasePath() + "/WEB-INF/nowhere" : super.getBasePath();
    }
}
