package im.deferred.app.embedded;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import im.deferred.app.Configuration;
import im.deferred.app.ConfigurationReader;
import java.security.MessageDigest;
import java.security.Principal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.logging.Logger;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.realm.GenericPrincipal;
import org.apache.catalina.realm.LockOutRealm;
import org.apache.catalina.realm.RealmBase;

/**
 * Who may use HTTP: the users {@code operator} and {@code viewer}, each in the role of that name. After five wrong passwords in a row none
 * is taken of that user, until there was no wrong one for five minutes. The {@code server.xml} of an installed Tomcat names it.
 */
public final class HttpRealm extends LockOutRealm {

    private static final String OPERATOR = "operator";
    private static final String VIEWER = "viewer";
    private static final Set<String> USERS = Set.of(OPERATOR, VIEWER);

    /** With the configuration of this process: what {@code server.xml} makes. */
    public HttpRealm() {
        this(ConfigurationReader.read());
    }

    /** With that configuration. */
    HttpRealm(Configuration configuration) {
        addRealm(new Users(configuration));
    }

    /** Of names that strangers make up nothing is kept: they would drive out what is known of the true ones, and get into the log. */
    @Override
    public Principal authenticate(String user, String password) {
        return user != null && USERS.contains(user) ? super.authenticate(user, password) : null;
    }

    private static final class Users extends RealmBase {

        private static final Logger log = Logger.getLogger(HttpRealm.class.getName());

        private final Configuration configuration;
        private final Map<String, Predicate<String>> passwords = new HashMap<>();

        Users(Configuration configuration) {
            this.configuration = configuration;
        }

        @Override
        protected void startInternal() throws LifecycleException {
            Configuration.Http http = configuration.http();
            passwords.put(
                    OPERATOR,
                    http.operatorPassword().isEmpty()
                            ? OperatorPassword.of(configuration)::is
                            : configured(http.operatorPassword()));
            if (!http.viewerPassword().isEmpty()) {
                passwords.put(VIEWER, configured(http.viewerPassword()));
            }
            super.startInternal();
        }

        /** The container takes each octet that it is sent for a character; what browsers and curl send is UTF-8. */
        private static Predicate<String> configured(String password) {
            byte[] octets = password.getBytes(UTF_8);
            return given -> MessageDigest.isEqual(octets, given.getBytes(ISO_8859_1));
        }

        @Override
        public Principal authenticate(String user, String password) {
            if (password != null && passwords.getOrDefault(user, none -> false).test(password)) {
                return new GenericPrincipal(user, null, List.of(user));
            }
            log.info("not the password of the HTTP user " + user);
            return null;
        }

        @Override
        protected String getName() {
            return "deferred-im";
        }

        /** Told to nobody. */
        @Override
        protected String getPassword(String user) {
            return null;
        }

        /** Nobody is anybody without a password. */
        @Override
        protected Principal getPrincipal(String user) {
            return null;
        }
    }
}
