package im.deferred.message;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;

/**
 * One message that comes in pieces, as an MSRP SEND does: out of order, overlapping (RFC 4975 §7.3.1; what comes last counts). In memory
 * while it is small, then in a file.
 *
 * <p>Every method may block on the disk, and may be called from any thread, one after the other.
 */
public final class Spool implements AutoCloseable {

    private enum State {
        IN_MEMORY,
        IN_FILE,
        CLOSED
    }

    private static final int LEAST_MEMORY = 1024;

    private final Spools spools;
    private State state = State.IN_MEMORY;
    private byte[] memory = {};
    private FileChannel file;
    /** Where the last octet ends that was written. */
    private long end;

    Spool(Spools spools) {
        this.spools = spools;
    }

    /**
     * Takes some of the message.
     *
     * @param offset position of the first octet in the message, from 0
     * @param piece is read to its end
     * @throws MessageTooLargeException if the message would be larger than it may be; nothing of the piece was taken
     * @throws StoreBusyException if there is no room for it now; nothing of the piece was taken
     * @throws UncheckedIOException if it cannot be written
     * @throws IllegalStateException if the spool is closed
     */
    public synchronized void write(long offset, ByteBuffer piece) {
        requireOpen();
        if (offset > spools.limits().size() - piece.remaining()) {
            throw new MessageTooLargeException(spools.limits().size());
        }
        long pieceEnd = offset + piece.remaining();
        grow(pieceEnd);
        try {
            if (state == State.IN_MEMORY && pieceEnd > spools.limits().memory()) {
                moveToFile();
            }
            if (state == State.IN_MEMORY) {
                makeRoom((int) pieceEnd);
                piece.get(memory, (int) offset, piece.remaining());
            } else {
                writeToFile(offset, piece);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The message, now that it is whole: to be read before the spool is closed, and after it nothing more is written. That no octet is
     * missing knows who took the pieces.
     *
     * @param length octets of the message; what was written behind them is none of it
     * @throws IllegalArgumentException if not that much was written
     * @throws IllegalStateException if the spool is closed
     */
    public synchronized Body whole(long length) {
        requireOpen();
        if (length < 0 || length > end) {
            throw new IllegalArgumentException("only " + end + " octets came");
        }
        return state == State.IN_MEMORY ? Body.of(Arrays.copyOf(memory, (int) length)) : new InFile(length);
    }

    /** Gives memory and file back; what was not read is lost. May be called again. */
    @Override
    public synchronized void close() {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        memory = null;
        spools.giveBack(end);
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void requireOpen() {
        if (state == State.CLOSED) {
            throw new IllegalStateException("the spool is closed");
        }
    }

    private void grow(long pieceEnd) {
        if (pieceEnd > end) {
            spools.take(pieceEnd - end);
            end = pieceEnd;
        }
    }

    private void makeRoom(int octets) {
        if (octets > memory.length) {
            int doubled = Math.min(
                    Math.max(LEAST_MEMORY, 2 * memory.length), spools.limits().memory());
            memory = Arrays.copyOf(memory, Math.max(octets, doubled));
        }
    }

    private void moveToFile() throws IOException {
        file = spools.file();
        state = State.IN_FILE;
        writeToFile(0, ByteBuffer.wrap(memory));
        memory = null;
    }

    private void writeToFile(long offset, ByteBuffer piece) throws IOException {
        long at = offset;
        while (piece.hasRemaining()) {
            at += file.write(piece, at);
        }
    }

    private synchronized void readFile(long offset, ByteBuffer into) {
        requireOpen();
        try {
            while (into.hasRemaining()) {
                if (file.read(into, offset + into.position()) < 0) {
                    throw new IllegalStateException("the spool's file is cut off");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class InFile implements Body {

        private final long length;

        InFile(long length) {
            this.length = length;
        }

        @Override
        public long length() {
            return length;
        }

        @Override
        public byte[] read(long offset, int max) {
            ByteBuffer part = ByteBuffer.allocate((int) Math.max(0, Math.min(max, length - offset)));
            readFile(offset, part);
            return part.array();
        }

        @Override
        public long inMemory() {
            return 0;
        }
    }
}
