package im.deferred.message;

import im.deferred.core.Aor;
import im.deferred.core.SipIpCore;
import im.deferred.message.Submitted.Refused.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages that applications hand in (FLOW.md, ways in): stored as if each had come as a SIP MESSAGE for a user who is away, with a
 * Call-ID of our making. Safe for use by many threads.
 */
public final class Submissions {

    /** How long a key is known at least, from its first use; longer while its message waits. */
    public static final Duration KEY_MEMORY = Duration.ofHours(24);

    private static final Logger log = LoggerFactory.getLogger(Submissions.class);

    private final SipIpCore core;
    private final MessageStore store;
    private final Outlet outlet;
    private final Clock clock;
    private final Duration lifetime;
    private final String host;

    /**
     * @param outlet is told of every message that is stored
     * @param lifetime how long a deferred message waits at most
     * @param host the server's host name, for Call-IDs
     */
    public Submissions(SipIpCore core, MessageStore store, Outlet outlet, Clock clock, Duration lifetime, String host) {
        this.core = core;
        this.store = store;
        this.outlet = outlet;
        this.clock = clock;
        this.lifetime = lifetime;
        this.host = host;
    }

    /**
     * Stores a message, once for each key. Returns after the commit.
     *
     * @throws StoreBusyException when too much waits to be stored
     * @throws RuntimeException when it could not be written
     */
    public Submitted submit(Submission submission) {
        Aor recipient = submission.recipient();
        if (!core.serves(recipient)) {
            return new Submitted.Refused(Reason.UNKNOWN_DOMAIN, "the recipient's domain is not served here");
        }
        NewMessage message = message(submission);
        if (message.isOfTheMoment()) {
            return new Submitted.Dropped();
        }
        Stored stored = store(message, once(submission));
        if (stored instanceof Stored.Kept kept) {
            log.info(
                    "submission {} for {} stored as {}: {} octets",
                    message.callId(),
                    recipient,
                    kept.id(),
                    message.body().length());
            outlet.deferred(recipient, 0);
            return new Submitted.Accepted(kept.id());
        }
        if (stored instanceof Stored.Copy copy) {
            log.info("submission for {} is {} again", recipient, copy.id());
            return new Submitted.Accepted(copy.id());
        }
        return stored instanceof Stored.OverQuota over
                ? new Submitted.Refused(Reason.OVER_QUOTA, over.inWords())
                : new Submitted.Refused(Reason.KEY_TAKEN, "another message was submitted under this key");
    }

    private Stored store(NewMessage message, Optional<Once> once) {
        try {
            return store.store(message, once).toCompletableFuture().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private NewMessage message(Submission submission) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        String callId = UUID.randomUUID() + "@" + host;
        String tag = UUID.randomUUID().toString();
        List<Header> headers = new ArrayList<>();
        headers.add(new Header("From", "<" + submission.sender() + ">;tag=" + tag));
        headers.add(new Header("To", "<" + submission.recipient() + ">"));
        headers.add(new Header("Call-ID", callId));
        headers.add(new Header("CSeq", "1 MESSAGE"));
        submission.subject().ifPresent(subject -> headers.add(new Header("Subject", subject)));
        submission
                .expires()
                .ifPresent(expires -> headers.add(new Header("Expires", Long.toString(expires.toSeconds()))));
        return new NewMessage(
                submission.recipient(),
                submission.sender().uri(),
                Origin.SIP_MESSAGE,
                callId,
                List.of("1", tag),
                now,
                now.plus(submission
                        .expires()
                        .filter(asked -> asked.compareTo(lifetime) < 0)
                        .orElse(lifetime)),
                headers,
                submission.contentType(),
                submission.body());
    }

    private static Optional<Once> once(Submission submission) {
        return submission.key().map(key -> new Once(new Digest().add(key).value(), submission.fingerprint()));
    }
}
