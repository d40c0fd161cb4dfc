package im.deferred.model;

import im.deferred.core.Aor;
import im.deferred.core.TestClock;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** The model: all messages that were ever written, and what may and may not happen to them. */
final class Ledger implements AutoCloseable {

    private static final String ROWS =
            "select id, call_id, message_id, recipient, held, headers, expires_at from message order by id";

    private static final Pattern SUBJECT = Pattern.compile("(?m)^Subject: (\\d+)\r?$");

    private final TestClock clock;
    private final int quota;
    private final Connection connection;
    private final PreparedStatement rows;

    private final List<Letter> letters = new ArrayList<>();
    private final Map<String, Letter> byMessageId = new HashMap<>();
    private Map<Long, Letter> stored = new LinkedHashMap<>();
    private final Map<Aor, Instant> lastFull = new HashMap<>();

    Ledger(DataSource database, TestClock clock, int quota) throws SQLException {
        this.clock = clock;
        this.quota = quota;
        this.connection = database.getConnection();
        this.rows = connection.prepareStatement(ROWS);
    }

    void add(Letter letter) {
        letters.add(letter);
    }

    int size() {
        return letters.size();
    }

    Letter get(int number) {
        return letters.get(number);
    }

    List<Letter> all() {
        return letters;
    }

    /** Those in the database, oldest first. */
    Iterable<Letter> stored() {
        return stored.values();
    }

    Letter ofMessageId(String messageId) {
        Letter letter = byMessageId.get(messageId);
        Broken.unless(letter != null, "a Message-ID that no stored message has", messageId);
        return letter;
    }

    /** Since when the user had as many messages as he may, within what this step did. */
    boolean wasFullSince(Aor user, Instant since) {
        Instant full = lastFull.get(user);
        return full != null && !full.isBefore(since);
    }

    /** What the store was to forget it may not have been told, or not have written. */
    void deletionsMayBeLost() {
        stored.values().stream().filter(letter -> letter.confirmed).forEach(letter -> {
            letter.mayComeAgain = true;
            letter.doubtful |= letter.mayBePaged; // of which no copy is known
        });
    }

    /** Compares the database with what may have become of it since the last time. */
    void compare() {
        Map<Long, Letter> now = read();
        stored.forEach((id, letter) -> {
            if (!now.containsKey(id)) {
                gone(letter);
            }
        });
        noteWhoIsFull(now);
        long last = stored.keySet().stream().reduce(0L, (a, b) -> b);
        now.forEach((id, letter) -> {
            if (!stored.containsKey(id)) {
                Broken.unless(id > last, "an id that does not rise", letter);
                came(letter, now.values());
            }
        });
        stored = now;
    }

    /** What was taken out in this step came out after what was put in. */
    private void noteWhoIsFull(Map<Long, Letter> now) {
        Map<Long, Letter> most = new HashMap<>(stored);
        most.putAll(now);
        Map<Aor, Integer> counts = new HashMap<>();
        for (Letter letter : most.values()) {
            if (counts.merge(letter.to, 1, Integer::sum) >= quota) {
                lastFull.put(letter.to, clock.instant());
            }
        }
    }

    private void came(Letter letter, Iterable<Letter> now) {
        Broken.unless(!letter.composing, "a state of the moment is stored", letter);
        Broken.unless(letter.whole, "half a message is stored", letter);
        Broken.unless(!letter.keyTaken, "stored under the key of another one", letter);
        checkTurn(letter, now);
        if (letter.everStored) {
            boolean known = letter.way == Letter.Way.SUBMISSION
                    || letter.firstCame.plus(Node.SEEN).isAfter(clock.instant());
            Broken.unless(!known, "a copy is stored", letter);
            letter.beginAgain();
        }
        letter.stored = true;
        letter.everStored = true;
        byMessageId.put(letter.messageId, letter);
    }

    /** What comes in a session is stored in the order in which it was whole. */
    private static void checkTurn(Letter letter, Iterable<Letter> now) {
        if (letter.way == Letter.Way.SEND && !letter.sentAgain) {
            for (Letter other : now) {
                boolean later = other.id < letter.id
                        && other.way == Letter.Way.SEND
                        && other.callId.equals(letter.callId)
                        && !other.sentAgain
                        && other.turn > letter.turn;
                Broken.unless(!later, "stored before " + letter, other);
            }
        }
    }

    private void gone(Letter letter) {
        boolean rightly = letter.confirmed || letter.confirmedLate || letter.isExpired(clock.instant());
        Broken.unless(rightly, "lost from the store", letter);
        letter.stored = false;
    }

    private Map<Long, Letter> read() {
        Map<Long, Letter> now = new LinkedHashMap<>();
        Map<Aor, Integer> counts = new HashMap<>();
        try (ResultSet row = rows.executeQuery()) {
            while (row.next()) {
                Letter letter = letterIn(row.getString(6));
                if (letter.callId == null) {
                    letter.callId = row.getString(2);
                }
                Broken.unless(letter.callId.equals(row.getString(2)), "another Call-ID", letter);
                Broken.unless(letter.to.uri().equals(row.getString(4)), "stored for somebody else", letter);
                Broken.unless(
                        !letter.stored || letter.messageId.equals(row.getString(3)), "another Message-ID", letter);
                letter.id = row.getLong(1);
                letter.messageId = row.getString(3);
                letter.expiresAt = row.getTimestamp(7).toInstant();
                letter.held = row.getBoolean(5);
                letter.everHeld |= letter.held;
                now.put(letter.id, letter);
                counts.merge(letter.to, 1, Integer::sum);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        counts.forEach((user, count) -> Broken.unless(count <= quota, "more than the quota", user));
        return now;
    }

    /** Its number is its Subject, whichever way it came. */
    private Letter letterIn(String headers) {
        Matcher subject = SUBJECT.matcher(headers);
        Broken.unless(subject.find(), "stored, but never sent", headers);
        return letters.get(Integer.parseInt(subject.group(1)));
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
