package im.deferred.msrp;

import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What SDP has agreed on for one session (RFC 4975 §8).
 *
 * @param local this end's URI, from {@link MsrpEndpoint#newUri} or {@link MsrpEndpoint#offer}; over TLS when it is {@code msrps:}
 * @param remotePath the peer's {@code a=path}: relays first, the peer last
 * @param role whether this end connects
 * @param incoming takes the messages that come
 * @param setupTimeout after which a session without a connection is over
 * @param maxLength the peer's {@code a=max-size} in octets: a longer message is refused with 413 without being sent
 * @param fingerprints the peer's {@code a=fingerprint}s: its certificate must have one of them, whether it connects or is connected to
 *     (RFC 4975 §14.4); empty where an authority vouches for the host that is connected to
 * @param cema whether both ends have {@code a=msrp-cema} (RFC 6714): the peer is known by its session id alone, since what is between may
 *     have changed hosts and ports
 * @param connectAddress host and port, unresolved, to connect to instead of those of the path's first URI; only with {@code cema}
 * @param relay the grant of the relay that this end stands behind: the path begins with its URIs, and its connection is the session's
 * @param oneAtATime whether a SEND leaves only when the one before it is answered, be it a chunk or the first one without content: some
 *     peers break otherwise
 */
public record MsrpAgreement(
        MsrpUri local,
        List<MsrpUri> remotePath,
        Role role,
        IncomingHandler incoming,
        Duration setupTimeout,
        long maxLength,
        Set<Fingerprint> fingerprints,
        boolean cema,
        Optional<InetSocketAddress> connectAddress,
        Optional<RelayGrant> relay,
        boolean oneAtATime) {

    /** @throws IllegalArgumentException when {@code local} has no session id, or what is agreed on contradicts itself */
    public MsrpAgreement {
        remotePath = List.copyOf(remotePath);
        fingerprints = Set.copyOf(fingerprints);
        require(
                local.sessionId() != null && !remotePath.isEmpty(),
                "no session id in " + local + ", or no remote path");
        require(maxLength >= 0 && !setupTimeout.isNegative(), "a length or a time below zero");
        require(!local.secure() || remotePath.get(0).secure(), "secure here, in the clear to " + remotePath.get(0));
        require(fingerprints.isEmpty() || remotePath.get(0).secure(), "fingerprints without TLS");
        require(cema || connectAddress.isEmpty(), "an address to connect to without CEMA");
    }

    /** With a peer that takes messages of any length, is found by its path, and known by its host name when over TLS. */
    public MsrpAgreement(
            MsrpUri local, List<MsrpUri> remotePath, Role role, IncomingHandler incoming, Duration setupTimeout) {
        this(
                local,
                remotePath,
                role,
                incoming,
                setupTimeout,
                Long.MAX_VALUE,
                Set.of(),
                false,
                Optional.empty(),
                Optional.empty(),
                false);
    }

    /** The same with that {@link #maxLength}. */
    public MsrpAgreement withMaxLength(long length) {
        return new MsrpAgreement(
                local,
                remotePath,
                role,
                incoming,
                setupTimeout,
                length,
                fingerprints,
                cema,
                connectAddress,
                relay,
                oneAtATime);
    }

    /** The same with those {@link #fingerprints}. */
    public MsrpAgreement withFingerprints(Set<Fingerprint> ofPeer) {
        return new MsrpAgreement(
                local,
                remotePath,
                role,
                incoming,
                setupTimeout,
                maxLength,
                ofPeer,
                cema,
                connectAddress,
                relay,
                oneAtATime);
    }

    /** The same with {@link #cema} and that {@link #connectAddress}. */
    public MsrpAgreement withCema(Optional<InetSocketAddress> address) {
        return new MsrpAgreement(
                local,
                remotePath,
                role,
                incoming,
                setupTimeout,
                maxLength,
                fingerprints,
                true,
                address,
                relay,
                oneAtATime);
    }

    /** The same, {@link #oneAtATime}. */
    public MsrpAgreement sendingOneAtATime() {
        return new MsrpAgreement(
                local,
                remotePath,
                role,
                incoming,
                setupTimeout,
                maxLength,
                fingerprints,
                cema,
                connectAddress,
                relay,
                true);
    }

    /** For the session that a relay made its grant to; how the peer is reached, and known, is the relay's business (RFC 4976 §5.2). */
    public static MsrpAgreement behind(
            RelayGrant grant, List<MsrpUri> remotePath, Role role, IncomingHandler incoming, Duration setupTimeout) {
        List<MsrpUri> path = new ArrayList<>(grant.usePath());
        path.addAll(remotePath);
        return new MsrpAgreement(
                grant.local(),
                path,
                role,
                incoming,
                setupTimeout,
                Long.MAX_VALUE,
                Set.of(),
                false,
                Optional.empty(),
                Optional.of(grant),
                false);
    }

    /** Whether a request with that From-Path is the peer's (RFC 4975 §7.3). */
    boolean isFromPeer(List<MsrpUri> fromPath) {
        return cema ? last(fromPath).hasSessionIdOf(last(remotePath)) : remotePath.equals(fromPath);
    }

    /** Whether a REPORT with that From-Path comes from a relay on the way to the peer (RFC 4976 §6.3). */
    boolean isFromRelay(List<MsrpUri> fromPath) {
        return fromPath.size() < remotePath.size()
                && remotePath.subList(0, fromPath.size()).equals(fromPath);
    }

    /**
     * Whether a connection may carry the session.
     *
     * @param secure whether it is over TLS
     * @param peer the certificate that the other end has shown, or null
     */
    boolean allows(boolean secure, Certificate peer) {
        if (relay.isPresent()) {
            return true; // it was decided when the relay was asked
        }
        boolean asAgreed = secure == (role == Role.ACTIVE ? remotePath.get(0) : local).secure();
        return asAgreed
                && (fingerprints.isEmpty()
                        || peer != null && fingerprints.stream().anyMatch(fingerprint -> fingerprint.matches(peer)));
    }

    private static MsrpUri last(List<MsrpUri> path) {
        return path.get(path.size() - 1);
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
