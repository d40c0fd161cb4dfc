package im.deferred.message;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** A message that left the store so soon after it came that copies of it may still be on their way. */
@Entity(name = "SeenMessage")
@Table(name = "message_seen")
class SeenRow {

    @Id
    @Column(name = "copy_key")
    private String copyKey;

    private long message;

    @Column(name = "received_at")
    private Instant receivedAt;

    protected SeenRow() {}
}
