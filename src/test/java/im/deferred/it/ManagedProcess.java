package im.deferred.it;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** A Java process of this machine as an operator sees it over JMX, who has attached to it. */
final class ManagedProcess implements AutoCloseable {

    private final JMXConnector connector;
    private final MBeanServerConnection beans;

    /** Attaches to the process with that number. */
    ManagedProcess(long pid) {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                connector = JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()));
            } finally {
                machine.detach();
            }
            beans = connector.getMBeanServerConnection();
        } catch (AttachNotSupportedException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The MBeans whose names are like that. */
    Set<ObjectName> beans(String pattern) {
        return ask(() -> beans.queryNames(new ObjectName(pattern), null));
    }

    /** The one MBean whose name is like that. */
    ObjectName bean(String pattern) {
        Set<ObjectName> found = beans(pattern);
        if (found.size() != 1) {
            throw new AssertionError(pattern + " is " + found);
        }
        return found.iterator().next();
    }

    Object get(ObjectName bean, String attribute) {
        return ask(() -> beans.getAttribute(bean, attribute));
    }

    void call(ObjectName bean, String operation) {
        ask(() -> beans.invoke(bean, operation, new Object[0], new String[0]));
    }

    /** The names of its threads. */
    List<String> threads() {
        ThreadMXBean threads = ask(() -> ManagementFactory.newPlatformMXBeanProxy(
                beans, ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class));
        return Stream.of(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(thread -> thread != null) // which has just ended
                .map(ThreadInfo::getThreadName)
                .toList();
    }

    /** The objects that are alive, after a garbage collection, of the classes whose names fit: how many of which. */
    List<String> objects(Predicate<String> ofClass) {
        String histogram = (String) ask(() -> beans.invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "gcClassHistogram",
                new Object[] {new String[0]},
                new String[] {String[].class.getName()}));
        return histogram
                .lines()
                .map(line -> line.trim().split("\\s+"))
                .filter(columns -> columns.length >= 4 && ofClass.test(columns[3]))
                .map(columns -> columns[1] + " " + columns[3])
                .toList();
    }

    private static <T> T ask(Question<T> question) {
        try {
            return question.ask();
        } catch (JMException e) {
            throw new AssertionError(e.toString(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FunctionalInterface
    private interface Question<T> {

        T ask() throws JMException, IOException;
    }

    @Override
    public void close() {
        try {
            connector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
