package im.deferred.app;

import im.deferred.core.AddressRange;
import im.deferred.msrp.MsrpUri;
import im.deferred.settings.DeliverySetting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What the operator set. Each component is one key, {@code deferred-im.} and the component's path, spelled with hyphens; the
 * README has the table of keys, defaults and meanings.
 *
 * @param identity the server's own URI
 * @param domains the domains served, in lower case
 * @param dataDir where the embedded database, the self-signed certificate, large messages while they come in, and the operator's
 *     password and the log of the embedded server are
 */
public record Configuration(
        Core core,
        String identity,
        Set<String> domains,
        Sip sip,
        Http http,
        Msrp msrp,
        Relay relay,
        Tls tls,
        Push push,
        Message message,
        Session session,
        User user,
        Database database,
        Node node,
        Path dataDir) {

    /**
     * @param uri the Route of the server's requests
     * @param trusted addresses and CIDR blocks that may speak for users
     * @param regEvent whether registered users are followed by the registration event
     */
    public record Core(String uri, List<AddressRange> trusted, boolean regEvent) {}

    /**
     * Where the embedded server listens for SIP; in an operator's container the container says.
     *
     * @param tlsClientAuth whether only those may connect over TLS whose certificate comes from an authority of the trust store
     */
    public record Sip(String host, int port, int tlsPort, boolean tlsClientAuth) {}

    /**
     * Where the embedded server listens for HTTP, and who may use it; in an operator's container the container says.
     *
     * @param tlsPort over TLS, if at all
     * @param operatorPassword of the user {@code operator}; empty for one that is made at the first start
     * @param viewerPassword of the user {@code viewer}; empty for no such user
     */
    public record Http(
            String host,
            int port,
            String tlsHost,
            OptionalInt tlsPort,
            String operatorPassword,
            String viewerPassword) {
        /** Without the passwords. */
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /**
     * @param host what stands in the server's MSRP URIs; empty for the address of SIP
     * @param port TCP
     * @param tlsPort MSRP over TLS
     * @param overTls whether clients are invited to MSRP over TLS rather than TCP
     * @param relay the relay that the server's own sessions go through, if any
     * @param relayUser the server's account there
     * @param relayPassword of that account
     */
    public record Msrp(
            String host,
            int port,
            int tlsPort,
            boolean overTls,
            Optional<MsrpUri> relay,
            String relayUser,
            String relayPassword) {
        /** Without the password. */
        @Override
        public String toString() {
            return "%s, %d and %d, relay %s".formatted(host, port, tlsPort, relay);
        }
    }

    /**
     * @param enabled whether the server is an MSRP relay too
     * @param realm of the relay's accounts
     * @param authOverTcp whether clients may authenticate without TLS
     */
    public record Relay(boolean enabled, String realm, boolean authOverTcp) {}

    /**
     * @param keyStore path of a PKCS #12 key store; empty for a self-signed certificate in the data directory
     * @param password of the store and of the key in it
     * @param trustStore path of a PKCS #12 store with the certificates of the authorities trusted; empty for those of the JDK
     * @param trustPassword of that store
     */
    public record Tls(String keyStore, String password, String trustStore, String trustPassword) {
        @Override
        public String toString() {
            return keyStore;
        }
    }

    /**
     * @param idle quiet time before the BYE
     * @param byDefault setting of users who chose none
     * @param window how many SENDs of one push may be unanswered
     * @param answerTimeout how long an INVITE may ring before it is cancelled
     * @param retryFirst the first wait after a push that found nobody; it doubles each time
     * @param retryMost the longest wait
     * @param pageMode whether what a client takes in no session may be sent as SIP MESSAGE
     * @param concurrent how many pushes may be live at once
     */
    public record Push(
            Duration idle,
            DeliverySetting byDefault,
            int window,
            Duration answerTimeout,
            Duration retryFirst,
            Duration retryMost,
            boolean pageMode,
            int concurrent) {}

    /**
     * @param maxSize the largest body taken, in octets
     * @param lifetime after this a stored message is expired
     * @param answerTimeout how long a registered user's client may take to answer a MESSAGE before it is deferred
     * @param expiryInterval how long after one search for what is expired the next one begins
     */
    public record Message(long maxSize, Duration lifetime, Duration answerTimeout, Duration expiryInterval) {}

    /**
     * @param answerTimeout how long a registered user's client may take to answer an INVITE before the session is deferred
     * @param confirmTimeout how long it may take to confirm a message before that is deferred
     * @param idle how long a session that a user opened may be quiet
     * @param max how many of these sessions there may be
     * @param window how many messages of one end of a session may be on their way
     */
    public record Session(Duration answerTimeout, Duration confirmTimeout, Duration idle, int max, int window) {}

    /**
     * @param quota the most messages stored for one recipient
     * @param quotaSize the most octets that the bodies of these have together
     */
    public record User(int quota, long quotaSize) {}

    /**
     * @param name of this node, the same at each start and no other's; empty for the name of the host and the port of MSRP
     * @param lease how long a node may be silent before the others take its work
     */
    public record Node(String name, Duration lease) {}

    /**
     * @param url JDBC URL
     * @param jndi name of the container's data source; empty to use the URL
     */
    public record Database(String url, String user, String password, String jndi) {
        /** The one that is used; without passwords. */
        @Override
        public String toString() {
            return jndi.isEmpty() ? Secrets.hide(url) : jndi;
        }
    }
}
