package im.deferred.msrp;

import java.util.concurrent.atomic.AtomicBoolean;

/** What takes turns with others in writing to one connection, so that each gets its share (RFC 4975 §7.1.1). */
abstract class Sender {
    private final AtomicBoolean asked = new AtomicBoolean();
    /** Whether it waits for its turn already. */
    private boolean queued;

    /** From any thread: asks for a turn. Many calls from outside wake the event loop once. */
    final void askForTurn(MsrpConnection connection) {
        if (connection.isRunning()) {
            connection.giveTurn(this);
        } else if (asked.compareAndSet(false, true)) {
            connection.later(() -> {
                asked.set(false);
                connection.giveTurn(this);
            });
        }
    }

    /** Asks for a turn: true when it was not waiting for one yet. */
    final boolean queue() {
        boolean added = !queued;
        queued = true;
        return added;
    }

    final void takeTurn(MsrpConnection connection) {
        queued = false;
        write(connection);
    }

    /** Writes the next part, if there is one, and asks for another turn when there is more. On the event loop of that connection. */
    abstract void write(MsrpConnection connection);

    /** Ends the frame that it left open, with {@code +}, since somebody else has something to write. Only for those that leave one open. */
    void interrupt() {
        throw new IllegalStateException("no frame is open");
    }
}
