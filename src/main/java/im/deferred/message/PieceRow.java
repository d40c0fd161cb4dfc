package im.deferred.message;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

/** A piece of a body: all but the last are {@value MessageStore#PIECE} octets long. */
@Entity(name = "Piece")
@Table(name = "message_piece")
@IdClass(PieceRow.Key.class)
class PieceRow {

    /** Which message, and which of its pieces, from 0. */
    record Key(long message, int seq) {}

    @Id
    private long message;

    @Id
    private int seq;

    private byte[] octets;

    protected PieceRow() {}

    PieceRow(long message, int seq, byte[] octets) {
        this.message = message;
        this.seq = seq;
        this.octets = octets;
    }
}
