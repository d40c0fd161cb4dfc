package im.deferred.it;

import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingException;
import javax.naming.NoInitialContextException;
import javax.naming.spi.NamingManager;

/** What {@code InitialContext} finds in this JVM: the objects that tests bound, as an operator binds a data source. */
final class Naming {

    private static final Map<String, Object> BOUND = new ConcurrentHashMap<>();

    private Naming() {}

    static void bind(String name, Object object) {
        try {
            if (!NamingManager.hasInitialContextFactoryBuilder()) {
                NamingManager.setInitialContextFactoryBuilder(environment -> ignored -> context());
            }
        } catch (NamingException e) {
            throw new IllegalStateException(e);
        }
        BOUND.put(name, object);
    }

    static void unbind(String name) {
        BOUND.remove(name);
    }

    private static Context context() {
        return (Context) Proxy.newProxyInstance(
                Naming.class.getClassLoader(),
                new Class<?>[] {Context.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "lookup" -> lookup(arguments[0].toString());
                    case "close" -> null;
                    default -> throw new NoInitialContextException(method.getName());
                });
    }

    private static Object lookup(String name) throws NameNotFoundException {
        Object object = BOUND.get(name);
        if (object == null) {
            throw new NameNotFoundException(name);
        }
        return object;
    }
}
