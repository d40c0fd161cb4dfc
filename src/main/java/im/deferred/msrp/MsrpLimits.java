package im.deferred.msrp;

import java.time.Duration;

/**
 * The bounds an endpoint keeps; {@link #DEFAULTS} for what is said of each.
 *
 * @param maxLineLength octets of a start or header line without its line end (default 8,192)
 * @param maxHeadLength octets of all lines of a head (default 32,768)
 * @param maxHeaders headers of a frame, the paths among them (default 64)
 * @param chunkLength octets of content in a SEND of ours (default 65,536)
 * @param relayChunkLength the same when a relay is in the path (default 8,192: a widespread relay cuts the connection at 10,240)
 * @param maxUnanswered SENDs of ours that may wait for their response in one session, and incoming messages that may wait for their sink
 *     on one connection (default 256)
 * @param maxMessageLength octets of an incoming message; a larger one is refused with 413 (default 1 GiB)
 * @param maxOpenMessages incoming messages of one session of which only some chunks are there; one more is refused with 413 (default 16)
 * @param transactionTimeout how long a SEND waits for its response from the end of its frame on (default 30 s, RFC 4975 §7.1.1)
 * @param reportTimeout how long a message that was sent and answered as a whole waits for its success REPORT (default 60 s)
 * @param writeTimeout how long a peer may take to read what was written before the connection is cut (default 60 s)
 * @param connectTimeout how long a TCP connection, with TLS if it is one, may take (default 10 s)
 * @param idleTimeout how long an incoming connection may be there without a session (default 30 s)
 */
public record MsrpLimits(
        int maxLineLength,
        int maxHeadLength,
        int maxHeaders,
        int chunkLength,
        int relayChunkLength,
        int maxUnanswered,
        long maxMessageLength,
        int maxOpenMessages,
        Duration transactionTimeout,
        Duration reportTimeout,
        Duration writeTimeout,
        Duration connectTimeout,
        Duration idleTimeout) {
    public static final MsrpLimits DEFAULTS = new MsrpLimits(
            8192,
            32_768,
            64,
            65_536,
            8192,
            256,
            1L << 30,
            16,
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30));

    public MsrpLimits {
        positive("maxLineLength", maxLineLength);
        positive("maxHeadLength", maxHeadLength);
        positive("maxHeaders", maxHeaders);
        positive("chunkLength", chunkLength);
        positive("relayChunkLength", relayChunkLength);
        positive("maxUnanswered", maxUnanswered);
        positive("maxMessageLength", maxMessageLength);
        positive("maxOpenMessages", maxOpenMessages);
        positive("transactionTimeout", transactionTimeout.toMillis());
        positive("reportTimeout", reportTimeout.toMillis());
        positive("writeTimeout", writeTimeout.toMillis());
        positive("connectTimeout", connectTimeout.toMillis());
        positive("idleTimeout", idleTimeout.toMillis());
    }

    private static void positive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be positive: " + value);
        }
    }
}
