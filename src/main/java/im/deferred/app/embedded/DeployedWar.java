package im.deferred.app.embedded;

import java.nio.file.Path;
import org.apache.catalina.LifecycleEvent;
import org.mobicents.servlet.sip.startup.SipContextConfig;
import org.mobicents.servlet.sip.startup.SipStandardContext;

/**
 * The WAR in the container. Its servlets stand in {@code sip.xml}: the container is kept from loading every class of every
 * library to look for annotations, which takes it seconds.
 */
final class DeployedWar extends SipStandardContext {

    private final String nothing;
    private boolean configuring;

    /** @param nothing an empty directory */
    DeployedWar(Path war, Path nothing) {
        this.nothing = nothing.toString();
        setPath("/deferred-im");
        setName("/deferred-im");
        setDocBase(war.toString());
        setParentClassLoader(new ContainerClassLoader(DeployedWar.class.getClassLoader()));
        addLifecycleListener(new Configuration());
        setManager(new SessionManager());
    }

    /** Where annotated classes are looked for while the context is configured; where the WAR is unpacked at any other time. */
    @Override
    public String getBasePath() {
        return configuring ? nothing : super.getBasePath();
    }

    private final class Configuration extends SipContextConfig {

        @Override
        public void lifecycleEvent(LifecycleEvent event) {
            configuring = event.getType().equals(CONFIGURE_START_EVENT);
            super.lifecycleEvent(event);
            configuring = false;
        }
    }
}
