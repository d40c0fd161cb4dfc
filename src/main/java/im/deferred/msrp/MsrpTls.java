package im.deferred.msrp;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * What an endpoint needs for {@code msrps:} (RFC 4975 §14): its own certificate, which it shows whether it connects or is connected to,
 * and the authorities that it believes about others. TLS 1.2 and 1.3 are spoken, nothing older.
 *
 * @param keys the key and the certificate
 * @param authorities who vouches for the hosts that are connected to, or null for those that the JDK trusts
 */
public record MsrpTls(KeyManagerFactory keys, TrustManagerFactory authorities) {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    public MsrpTls {
        if (keys == null) {
            throw new IllegalArgumentException("no key");
        }
    }

    /** For listeners: asks for a certificate and takes any, or none; what it must be depends on the session that comes. */
    SslContext server() throws SSLException {
        return SslContextBuilder.forServer(keys)
                .trustManager(new AnyCertificate())
                .clientAuth(ClientAuth.OPTIONAL)
                .protocols(PROTOCOLS)
                .build();
    }

    /** For connections to hosts that an authority must vouch for by name. */
    SslContext client() throws SSLException {
        return SslContextBuilder.forClient()
                .keyManager(keys)
                .trustManager(authorities)
                .endpointIdentificationAlgorithm("HTTPS")
                .protocols(PROTOCOLS)
                .build();
    }

    /** For connections to whoever has a certificate of one of these fingerprints (RFC 4975 §14.4). */
    SslContext client(Set<Fingerprint> fingerprints) throws SSLException {
        return SslContextBuilder.forClient()
                .keyManager(keys)
                .trustManager(new CertificateOf(fingerprints))
                .endpointIdentificationAlgorithm(null)
                .protocols(PROTOCOLS)
                .build();
    }

    private static class AnyCertificate extends X509ExtendedTrustManager {
        void check(X509Certificate leaf) throws CertificateException {
            // any
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            check(chain[0]);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            check(chain[0]);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            check(chain[0]);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            check(chain[0]);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            check(chain[0]);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            check(chain[0]);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static final class CertificateOf extends AnyCertificate {
        private final Set<Fingerprint> fingerprints;

        CertificateOf(Set<Fingerprint> fingerprints) {
            this.fingerprints = fingerprints;
        }

        @Override
        void check(X509Certificate leaf) throws CertificateException {
            if (fingerprints.stream().noneMatch(fingerprint -> fingerprint.matches(leaf))) {
                throw new CertificateException("the certificate has none of the fingerprints agreed on");
            }
        }
    }
}
