package im.deferred.model;

import im.deferred.core.Aor;
import java.time.Instant;
import java.util.Optional;

/** What the model knows of one message. */
final class Letter {

    /** How it comes. */
    enum Way {
        MESSAGE,
        SUBMISSION,
        /** In a session. */
        SEND
    }

    final Way way;
    final int number;
    final Aor to;
    /** Whether the recipient allows page mode, in which there is no Message-ID. */
    final boolean mayBePaged;

    /** Null until the server has chosen it. */
    String callId;
    /** State of the moment (RFC 3994), never stored. */
    final boolean composing;

    final String contentType;
    final byte[] body;
    final int expires;
    final Instant firstCame;
    /** At the latest; known when it is stored. */
    Instant expiresAt;

    // What the sender did and heard.
    boolean accepted;
    /** The name under which it is submitted, if it has one. */
    Optional<String> key = Optional.empty();
    /** It was submitted under the name of another one. */
    boolean keyTaken;
    /** All of it came. */
    boolean whole = true;
    /** The how manieth of its session it was when it was whole. */
    int turn;
    /** It was sent in its session again. */
    boolean sentAgain;

    // What the database has.
    boolean stored;
    boolean everStored;
    boolean held;
    /** It was held once, so that newer ones may have overtaken it. */
    boolean everHeld;

    long id;
    String messageId;

    // What its recipient has.
    /** It was offered as a MESSAGE while the user was registered. */
    boolean everForwarded;
    /** How often the client took it for a new one. */
    int taken;
    /** The server heard that the client has it. */
    boolean confirmed;
    /** It is still stored, though the server heard so: what it did about it went wrong. */
    boolean mayComeAgain;
    /** The server heard so when it had given up waiting for it, and may take it out of the store. */
    boolean confirmedLate;
    /** The server may not know that the client has it, nor may the client any more: it may come twice. */
    boolean doubtful;

    Letter(
            Way way,
            int number,
            Client to,
            String callId,
            boolean composing,
            String contentType,
            byte[] body,
            int expires,
            Instant firstCame,
            Instant expiresAt) {
        this.way = way;
        this.number = number;
        this.to = to.aor;
        this.mayBePaged = to.pages;
        this.callId = callId;
        this.composing = composing;
        this.contentType = contentType;
        this.body = body;
        this.expires = expires;
        this.firstCame = firstCame;
        this.expiresAt = expiresAt;
    }

    /** A copy of it came so late that it is a new message to the server, under a new Message-ID. */
    void beginAgain() {
        confirmed = false;
        confirmedLate = false;
        mayComeAgain = false;
        doubtful = true;
    }

    /** It is about to be sent to its recipient, out of the store. */
    void checkSending(Instant now) {
        Broken.unless(stored || confirmedLate || isExpired(now), "sent, but not stored", this);
        Broken.unless(!confirmed || mayComeAgain, "sent again after its 200", this);
    }

    boolean isExpired(Instant now) {
        return !expiresAt.isAfter(now);
    }

    @Override
    public String toString() {
        return number + " to " + to.uri();
    }
}
