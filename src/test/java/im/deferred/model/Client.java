package im.deferred.model;

import im.deferred.core.Aor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A user's device: it keeps what it took, and drops a second copy by its Message-ID. */
final class Client {

    final Aor aor;
    /** Whether page mode is allowed. */
    final boolean pages;

    final List<ClientSession> sessions = new ArrayList<>();
    final List<Forwarded> forwarded = new ArrayList<>();
    private final Set<String> memory = new HashSet<>();
    /** Whether anything that is sent to it comes to it, and back. */
    boolean reachable = true;
    /** The server was told to leave it alone until it registers again. */
    boolean parked;

    Client(Aor aor, boolean pages) {
        this.aor = aor;
        this.pages = pages;
    }

    /** A message came in a SEND. */
    void take(Letter letter) {
        if (memory.add(letter.messageId)) {
            count(letter);
        }
    }

    /** A message came as a MESSAGE, which has no name that a later copy would have too. */
    void count(Letter letter) {
        letter.taken++;
        Broken.unless(letter.taken == 1 || letter.doubtful, "came twice", letter);
    }

    /** It forgets what it took. */
    void forget(Ledger ledger) {
        ledger.stored().forEach(letter -> letter.doubtful |= memory.contains(letter.messageId));
        memory.clear();
    }
}
