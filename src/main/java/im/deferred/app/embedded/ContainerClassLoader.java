package im.deferred.app.embedded;

import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;

/**
 * What the deployed WAR sees of this process: the platform and the container, as in a container that was installed. The
 * process may have the WAR's own libraries on its class path too, and those must not meet.
 */
final class ContainerClassLoader extends ClassLoader {

    private static final List<String> CONTAINER = List.of(
            "javax.servlet.",
            "javax.annotation.",
            "javax.ejb.",
            "javax.mail.",
            "javax.persistence.",
            "javax.sip.",
            "javax.xml.ws.",
            "android.javax.sip.",
            "com.codahale.metrics.",
            "gov.nist.",
            "javolution.",
            "org.apache.catalina.",
            "org.apache.coyote.",
            "org.apache.juli.",
            "org.apache.log4j.",
            "org.apache.naming.",
            "org.apache.tomcat.",
            "org.mobicents.");

    private final ClassLoader process;

    ContainerClassLoader(ClassLoader process) {
        super("container", ClassLoader.getPlatformClassLoader());
        this.process = process;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        if (isContainers(name)) {
            return process.loadClass(name);
        }
        throw new ClassNotFoundException(name);
    }

    @Override
    protected URL findResource(String name) {
        return isContainers(name.replace('/', '.')) ? process.getResource(name) : null;
    }

    @Override
    protected Enumeration<URL> findResources(String name) throws IOException {
        return isContainers(name.replace('/', '.')) ? process.getResources(name) : Collections.emptyEnumeration();
    }

    private static boolean isContainers(String name) {
        return CONTAINER.stream().anyMatch(name::startsWith);
    }
}
