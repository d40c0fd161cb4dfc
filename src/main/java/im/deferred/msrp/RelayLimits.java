package im.deferred.msrp;

import java.time.Duration;

/**
 * What one client may ask of a relay; {@link #DEFAULTS} for what is said of each. A client that sends faster than it may is not read
 * for a while: nothing is lost.
 *
 * @param minExpires the shortest time for which a URI is granted; who asks for less is answered 423 (default 60 s)
 * @param defaultExpires the time for which a URI is granted to a client that asks for none (default 30 min)
 * @param maxExpires the longest; who asks for more is answered 423 (default 1 h)
 * @param nonceLifetime how long a client may answer to one challenge (default 5 min)
 * @param maxGrants URIs granted to one user at a time; one more is answered 403 (default 64)
 * @param maxNextHops connections that the relay has open for one user's messages at a time; a SEND that needs one more is answered
 *     403 (default 64)
 * @param waitingOctets content that may wait on its way from one connection to another, slower one before the first is not read for a
 *     while (default 1 MiB)
 * @param framesPerSecond requests of one user (default 20,000)
 * @param octetsPerSecond content of one user (default 64 MiB)
 */
public record RelayLimits(
        Duration minExpires,
        Duration defaultExpires,
        Duration maxExpires,
        Duration nonceLifetime,
        int maxGrants,
        int maxNextHops,
        int waitingOctets,
        int framesPerSecond,
        long octetsPerSecond) {
    public static final RelayLimits DEFAULTS = new RelayLimits(
            Duration.ofMinutes(1),
            Duration.ofMinutes(30),
            Duration.ofHours(1),
            Duration.ofMinutes(5),
            64,
            64,
            1 << 20,
            20_000,
            64L << 20);

    /** @throws IllegalArgumentException when one is not positive, or the three times are not in order */
    public RelayLimits {
        if (minExpires.toSeconds() < 1
                || defaultExpires.compareTo(minExpires) < 0
                || maxExpires.compareTo(defaultExpires) < 0) {
            throw new IllegalArgumentException("not 1 s <= minExpires <= defaultExpires <= maxExpires: " + minExpires
                    + ", " + defaultExpires + ", " + maxExpires);
        }
        if (nonceLifetime.isNegative()
                || nonceLifetime.isZero()
                || maxGrants < 1
                || maxNextHops < 1
                || waitingOctets < 1
                || framesPerSecond < 1
                || octetsPerSecond < 1) {
            throw new IllegalArgumentException("limits must be positive");
        }
    }
}
