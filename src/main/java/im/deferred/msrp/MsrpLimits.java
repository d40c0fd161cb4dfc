package im.deferred.msrp;

import java.time.Duration;

/**
 * The bounds that an endpoint keeps, against its peers and for its own frames. All are positive; times are kept to the second or, when they
 * are short, to an eighth of themselves.
 */
public final class MsrpLimits {
    /** Every limit as it is unless set. */
    public static final MsrpLimits DEFAULTS = builder().build();

    private final int maxLineLength;
    private final int maxHeadLength;
    private final int maxHeaders;
    private final int chunkLength;
    private final int relayChunkLength;
    private final int maxUnanswered;
    private final long maxMessageLength;
    private final long maxChunkLength;
    private final int maxOpenMessages;
    private final int maxConnections;
    private final int maxConnectionsPerAddress;
    private final Duration firstRequestTimeout;
    private final Duration frameTimeout;
    private final Duration transactionTimeout;
    private final Duration reportTimeout;
    private final Duration writeTimeout;
    private final Duration connectTimeout;

    private MsrpLimits(Builder from) {
        maxLineLength = positive("maxLineLength", from.maxLineLength);
        maxHeadLength = positive("maxHeadLength", from.maxHeadLength);
        maxHeaders = positive("maxHeaders", from.maxHeaders);
        chunkLength = positive("chunkLength", from.chunkLength);
        relayChunkLength = positive("relayChunkLength", from.relayChunkLength);
        maxUnanswered = positive("maxUnanswered", from.maxUnanswered);
        maxMessageLength = positive("maxMessageLength", from.maxMessageLength);
        maxChunkLength =
                positive("maxChunkLength", from.maxChunkLength == null ? maxMessageLength : from.maxChunkLength);
        maxOpenMessages = positive("maxOpenMessages", from.maxOpenMessages);
        maxConnections = positive("maxConnections", from.maxConnections);
        maxConnectionsPerAddress = positive("maxConnectionsPerAddress", from.maxConnectionsPerAddress);
        firstRequestTimeout = positive("firstRequestTimeout", from.firstRequestTimeout);
        frameTimeout = positive("frameTimeout", from.frameTimeout);
        transactionTimeout = positive("transactionTimeout", from.transactionTimeout);
        reportTimeout = positive("reportTimeout", from.reportTimeout);
        writeTimeout = positive("writeTimeout", from.writeTimeout);
        connectTimeout = positive("connectTimeout", from.connectTimeout);
    }

    /** A builder that begins with the {@link #DEFAULTS}. */
    public static Builder builder() {
        return new Builder();
    }

    /** Octets of a start or header line without its line end; 8,192 unless set. */
    public int maxLineLength() {
        return maxLineLength;
    }

    /** Octets of all lines of a head; 32,768 unless set. */
    public int maxHeadLength() {
        return maxHeadLength;
    }

    /** Headers of a frame, the paths among them; 64 unless set. */
    public int maxHeaders() {
        return maxHeaders;
    }

    /** Octets of content in a SEND of ours; 65,536 unless set. */
    public int chunkLength() {
        return chunkLength;
    }

    /** The same when a relay is in the path; 8,192 unless set: a widespread relay cuts the connection at 10,240. */
    public int relayChunkLength() {
        return relayChunkLength;
    }

    /**
     * SENDs of ours that may wait for their response in one session, and incoming messages that may wait for their sink on one
     * connection, times the sessions on it; 256 unless set.
     */
    public int maxUnanswered() {
        return maxUnanswered;
    }

    /** Octets of an incoming message; a larger one is refused with 413. 1 GiB unless set. */
    public long maxMessageLength() {
        return maxMessageLength;
    }

    /** Octets of content in one incoming SEND; a larger one is refused with 413. As many as a message may have unless set. */
    public long maxChunkLength() {
        return maxChunkLength;
    }

    /** Incoming messages of one session of which only some chunks are there; one more is refused with 413. 16 unless set. */
    public int maxOpenMessages() {
        return maxOpenMessages;
    }

    /** Incoming connections of the whole endpoint; one more is closed at once. 20,000 unless set. */
    public int maxConnections() {
        return maxConnections;
    }

    /** Incoming connections from one IPv4 address or one IPv6 network of 64 bits; one more is closed at once. 1,000 unless set. */
    public int maxConnectionsPerAddress() {
        return maxConnectionsPerAddress;
    }

    /**
     * How long an incoming connection may be there before a request has bound a session to it, TLS handshake included; 10 s unless set.
     */
    public Duration firstRequestTimeout() {
        return firstRequestTimeout;
    }

    /**
     * How long a head may take to come, and 1,024 octets of content or the end-line, once a frame has begun; then the request is answered
     * 408 when its paths are known, and the connection closed. 60 s unless set.
     */
    public Duration frameTimeout() {
        return frameTimeout;
    }

    /** How long a SEND waits for its response from the end of its frame on; 30 s unless set (RFC 4975 §7.1.1). */
    public Duration transactionTimeout() {
        return transactionTimeout;
    }

    /** How long a message that was sent and answered as a whole waits for its success REPORT; 60 s unless set. */
    public Duration reportTimeout() {
        return reportTimeout;
    }

    /** How long a peer may read nothing of what was written before the connection is cut; 60 s unless set. */
    public Duration writeTimeout() {
        return writeTimeout;
    }

    /** How long a TCP connection that we make may take, with TLS if it is one; 10 s unless set. */
    public Duration connectTimeout() {
        return connectTimeout;
    }

    private static int positive(String name, int value) {
        return Math.toIntExact(positive(name, (long) value));
    }

    private static long positive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be positive: " + value);
        }
        return value;
    }

    private static Duration positive(String name, Duration value) {
        positive(name, value.toMillis());
        return value;
    }

    /** Limits while they are chosen; each has the name of what it sets. */
    public static final class Builder {
        private int maxLineLength = 8192;
        private int maxHeadLength = 32_768;
        private int maxHeaders = 64;
        private int chunkLength = 65_536;
        private int relayChunkLength = 8192;
        private int maxUnanswered = 256;
        private long maxMessageLength = 1L << 30;
        /** Null for as long as a message may be. */
        private Long maxChunkLength;

        private int maxOpenMessages = 16;
        private int maxConnections = 20_000;
        private int maxConnectionsPerAddress = 1000;
        private Duration firstRequestTimeout = Duration.ofSeconds(10);
        private Duration frameTimeout = Duration.ofSeconds(60);
        private Duration transactionTimeout = Duration.ofSeconds(30);
        private Duration reportTimeout = Duration.ofSeconds(60);
        private Duration writeTimeout = Duration.ofSeconds(60);
        private Duration connectTimeout = Duration.ofSeconds(10);

        private Builder() {}

        /**
         * @throws IllegalArgumentException when one is zero, negative, or a time below a millisecond
         */
        public MsrpLimits build() {
            return new MsrpLimits(this);
        }

        public Builder maxLineLength(int value) {
            maxLineLength = value;
            return this;
        }

        public Builder maxHeadLength(int value) {
            maxHeadLength = value;
            return this;
        }

        public Builder maxHeaders(int value) {
            maxHeaders = value;
            return this;
        }

        public Builder chunkLength(int value) {
            chunkLength = value;
            return this;
        }

        public Builder relayChunkLength(int value) {
            relayChunkLength = value;
            return this;
        }

        public Builder maxUnanswered(int value) {
            maxUnanswered = value;
            return this;
        }

        public Builder maxMessageLength(long value) {
            maxMessageLength = value;
            return this;
        }

        public Builder maxChunkLength(long value) {
            maxChunkLength = value;
            return this;
        }

        public Builder maxOpenMessages(int value) {
            maxOpenMessages = value;
            return this;
        }

        public Builder maxConnections(int value) {
            maxConnections = value;
            return this;
        }

        public Builder maxConnectionsPerAddress(int value) {
            maxConnectionsPerAddress = value;
            return this;
        }

        public Builder firstRequestTimeout(Duration value) {
            firstRequestTimeout = value;
            return this;
        }

        public Builder frameTimeout(Duration value) {
            frameTimeout = value;
            return this;
        }

        public Builder transactionTimeout(Duration value) {
            transactionTimeout = value;
            return this;
        }

        public Builder reportTimeout(Duration value) {
            reportTimeout = value;
            return this;
        }

        public Builder writeTimeout(Duration value) {
            writeTimeout = value;
            return this;
        }

        public Builder connectTimeout(Duration value) {
            connectTimeout = value;
            return this;
        }
    }
}
