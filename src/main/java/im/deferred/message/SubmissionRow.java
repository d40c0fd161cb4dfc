package im.deferred.message;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** That a message was submitted under an idempotency key; stored with the message, in one transaction. */
@Entity(name = "Submission")
@Table(name = "message_submission")
class SubmissionRow {

    @Id
    @Column(name = "idempotency_key")
    private String key;

    private String fingerprint;
    private long message;

    @Column(name = "received_at")
    private Instant receivedAt;

    protected SubmissionRow() {}

    SubmissionRow(Once once, long message, Instant receivedAt) {
        this.key = once.key();
        this.fingerprint = once.fingerprint();
        this.message = message;
        this.receivedAt = receivedAt;
    }

    String key() {
        return key;
    }

    /** What became of one that comes under the same key. */
    Stored again(Once once) {
        return fingerprint.equals(once.fingerprint()) ? new Stored.Copy(message) : new Stored.KeyTaken();
    }
}
