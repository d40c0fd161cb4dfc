package im.deferred.message;

import im.deferred.core.Aor;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;

/** A deferred message as the database has it. */
@Entity(name = "Message")
@Table(name = "message")
class MessageRow {

    @Id
    private Long id;

    @Column(name = "copy_key")
    private String copyKey;

    @Column(name = "message_id")
    private String messageId;

    private String recipient;
    private String sender;

    @Enumerated(EnumType.STRING)
    private Origin origin;

    @Column(name = "call_id")
    private String callId;

    @Column(name = "received_at")
    private Instant receivedAt;

    @Column(name = "expires_at")
    private Instant expiresAt;

    private String headers;

    @Column(name = "content_type")
    private String contentType;

    private long size;
    private boolean held;

    @Column(name = "held_reason")
    private String heldReason;

    protected MessageRow() {}

    MessageRow(long id, NewMessage message, String copyKey, String messageId) {
        this.id = id;
        this.copyKey = copyKey;
        this.messageId = messageId;
        this.recipient = message.recipient().uri();
        this.sender = message.sender();
        this.origin = message.origin();
        this.callId = message.callId();
        this.receivedAt = message.receivedAt();
        this.expiresAt = message.expiresAt();
        this.headers = Header.write(message.headers());
        this.contentType = message.contentType();
        this.size = message.body().length();
    }

    long id() {
        return id;
    }

    DeferredMessage value() {
        return new DeferredMessage(
                id,
                messageId,
                new Aor(recipient),
                sender,
                origin,
                callId,
                receivedAt,
                expiresAt,
                Header.read(headers),
                contentType,
                size);
    }

    StoredMessage stored() {
        return new StoredMessage(value(), held, Optional.ofNullable(heldReason));
    }
}
