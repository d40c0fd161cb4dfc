package im.deferred.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import im.deferred.core.Aor;
import im.deferred.core.TestClock;
import im.deferred.message.Body;
import im.deferred.message.SipDouble;
import im.deferred.message.Submission;
import im.deferred.message.Submissions;
import im.deferred.message.Submitted;
import im.deferred.settings.DeliverySetting;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** The server, its users and their clients, the database, the time, and the model of it all. */
final class World implements AutoCloseable {

    /** How many lines of what happened last a failure shows. */
    private static final int NOTES = Integer.getInteger("model.notes", 80);

    private static final int MOST_STEPS_TO_REST = 20_000;

    final RandomGenerator random;
    final TestClock clock = new TestClock();
    final FlakyDatabase database = new FlakyDatabase();
    final Ledger ledger;
    final Map<Aor, Client> clients = new LinkedHashMap<>();
    final List<Arrival> arrivals = new ArrayList<>();
    final List<Caller> callers = new ArrayList<>();
    final Counts counts;
    private final List<SipDouble.Request> answered = new ArrayList<>();
    private final Deque<Runnable> looks = new ArrayDeque<>();
    private final Deque<String> notes = new ArrayDeque<>();
    private final Path spools;
    private Threads threads;
    private Node node;
    /** When a write, a read or a whole process last failed. */
    private Instant trouble = Instant.MIN;
    /** Everything that is sent comes to its end, and goes well. */
    private boolean calm;

    private int step;
    private int calls;

    World(long seed, Path spools, Counts counts) throws SQLException {
        this.random = new SplittableRandom(seed);
        this.spools = spools;
        this.counts = counts;
        this.ledger = new Ledger(database.itself(), clock, Node.QUOTA);
        Stream.of("sip:bob@example.test", "sip:carol@example.test", "sip:dave@example.test", "tel:+4930123456")
                .map(Aor::new)
                .forEach(aor -> clients.put(aor, new Client(aor, clients.size() % 2 == 0)));
        start();
    }

    Node node() {
        return node;
    }

    boolean isCalm() {
        return calm;
    }

    Client anyClient() {
        return any(List.copyOf(clients.values()));
    }

    <T> T any(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    void count(String what) {
        counts.add(what);
    }

    void note(Object... what) {
        if (notes.size() == NOTES) {
            notes.remove();
        }
        notes.add(step + " "
                + Stream.of(what)
                        .map(String::valueOf)
                        .reduce((a, b) -> a + " " + b)
                        .orElseThrow());
    }

    /** What happened last. */
    String notes() {
        return String.join("\n", notes);
    }

    /** One thing happens, whichever. */
    void step(int number) {
        step = number;
        Action action;
        do {
            action = Action.any(random);
        } while (!perform(action));
        count(action.name());
    }

    private boolean perform(Action action) {
        boolean done = action.perform(this);
        if (done) {
            if (Action.WRITING.contains(action)) {
                ledger.compare();
            }
            look();
        }
        return done;
    }

    /** A process starts, with the database as it is. */
    void start() {
        clients.values().forEach(client -> List.copyOf(client.sessions).forEach(ClientSession::over));
        clients.values().forEach(client -> client.forwarded.clear());
        arrivals.clear();
        List.copyOf(callers).forEach(Caller::over);
        threads = new Threads(clock);
        Threads own = threads;
        node = new Node(
                database.entities(),
                spools,
                clock,
                own,
                (user, types, oneAtATime) -> invite(user, own),
                user -> clients.get(user).pages,
                random);
        node.pushes.resume();
    }

    /** The process dies: what it had not written is gone, and nobody is told anything any more. */
    void die() {
        trouble = clock.instant();
        ledger.compare();
        look();
        ledger.deletionsMayBeLost();
        database.away(false);
        threads.abandon();
        start();
    }

    /** Something goes wrong that may fail whatever is under way. */
    void trouble() {
        trouble = clock.instant();
    }

    /** A user opens a session to fetch what waits. */
    void pull(Client client) {
        note("pull", client.aor);
        ClientSession session = new ClientSession(this, client, threads, true);
        client.sessions.add(session);
        Action.accept(this, client, session);
        node.pushes.pulled(client.aor, session);
    }

    private ClientSession invite(Aor user, Threads own) {
        note("INVITE", user);
        Client client = clients.get(user);
        boolean alone = client.sessions.stream()
                .allMatch(session -> session.isPulled() || session.state() == ClientSession.State.CANCELLED);
        Broken.unless(alone, "two sessions at once", user);
        ClientSession session = new ClientSession(this, client, own, false);
        client.sessions.add(session);
        return session;
    }

    /** What came out of the server in this step. */
    private void look() {
        forwarded();
        answered();
        while (!looks.isEmpty()) {
            looks.remove().run();
        }
    }

    /** Something came out of the server that is to be looked at when the step is done, and the database has been. */
    void whenLooking(Runnable look) {
        looks.add(look);
    }

    private void forwarded() {
        for (SipDouble.Request request = node.container.created.poll();
                request != null;
                request = node.container.created.poll()) {
            Broken.unless(request.sends.size() == 1, "not sent once", request.headers);
            String number = request.headers.containsKey("Subject") ? "Subject" : Caller.NUMBER_IN_PAGE_MODE;
            Letter letter =
                    ledger.get(Integer.parseInt(request.headers.get(number).get(0)));
            Broken.unless(letter.to.uri().equals(request.requestUri), "forwarded to somebody else", letter);
            Broken.unless(Arrays.equals(letter.body, request.body), "not whole", letter);
            if (request.isPage()) {
                count("page");
                letter.checkSending(clock.instant());
                Broken.unless(clients.get(letter.to).pages, "page mode is not allowed", letter);
            } else {
                letter.everForwarded = true;
            }
            note(request.isPage() ? "page" : "forwarded", letter);
            clients.get(letter.to).forwarded.add(new Forwarded(letter, request, clock.instant()));
        }
    }

    private void answered() {
        for (Iterator<Arrival> each = arrivals.iterator(); each.hasNext(); ) {
            Arrival arrival = each.next();
            SipDouble.Sent answer = arrival.request().answers.poll();
            if (answer != null) {
                each.remove();
                answered.add(arrival.request());
                note("answered", answer.status(), arrival.letter());
                count("answer " + answer.status());
                check(arrival, answer.status());
            }
        }
    }

    private void check(Arrival arrival, int status) {
        Letter letter = arrival.letter();
        switch (status) {
            case 202 -> {
                Broken.unless(letter.everStored, "accepted, but not stored", letter);
                letter.accepted = true;
            }
            case 200 -> {
                Broken.unless(letter.composing || letter.confirmed, "200, but nobody took it", letter);
                letter.accepted = !letter.composing;
            }
            case 480 ->
                Broken.unless(
                        ledger.wasFullSince(letter.to, arrival.at()) || letter.everForwarded,
                        "over quota, but is not",
                        letter);
            case 500, 503 -> checkReasonToFail(letter, arrival.at());
            default -> Broken.unless(letter.everForwarded, "an answer that nobody gave", letter);
        }
    }

    /** The server has no reason to fail that it does not have: that something failed, or that it has too much to do. */
    void checkReasonToFail(Letter letter, Instant since) {
        boolean busy =
                !arrivals.isEmpty() || threads.calls() > 1 || callers.stream().anyMatch(caller -> !caller.isQuiet());
        Broken.unless(!trouble.isBefore(since) || letter.everForwarded || busy, "no reason to fail", letter);
    }

    /** Nothing new happens, every client answers well, and time passes until nothing is left to do. */
    void rest() {
        calm = true;
        database.away(false);
        clients.values().forEach(client -> client.reachable = true);
        for (int steps = 0; ; steps++) {
            Broken.unless(steps < MOST_STEPS_TO_REST, "does not come to rest", node.pushes.live());
            if (!doSomethingToBeDone() && !perform(Action.RING)) {
                break;
            }
        }
        Broken.unless(node.pushes.live() == 0, "a push that does not end", node.pushes.live());
        Broken.unless(arrivals.isEmpty(), "no answer", arrivals);
        Broken.unless(threads.calls() == 0, "a submission without an answer", threads.calls());
        Broken.unless(callers.stream().allMatch(Caller::isQuiet), "a SEND without an answer", callers.size());
        for (SipDouble.Request request : answered) {
            Broken.unless(request.answers.isEmpty(), "a second answer", request.callId);
        }
        answered.clear();
        ledger.compare();
        for (Letter letter : ledger.stored()) {
            Client client = clients.get(letter.to);
            boolean waitsRightly = letter.held
                    || client.parked
                    || letter.isExpired(clock.instant())
                    || !node.registrations.isRegistered(letter.to)
                    || node.settings.of(letter.to) != DeliverySetting.PUSH;
            Broken.unless(waitsRightly, "waits for nothing", letter);
        }
        calm = false;
    }

    private boolean doSomethingToBeDone() {
        int first = random.nextInt(Action.OF_ITSELF.size());
        for (int i = 0; i < Action.OF_ITSELF.size(); i++) {
            if (perform(Action.OF_ITSELF.get((first + i) % Action.OF_ITSELF.size()))) {
                return true;
            }
        }
        return false;
    }

    /** Everybody registers, and has what was written, once. */
    void delivered() {
        rest();
        for (Client client : clients.values()) {
            Action.register(this, client, 3600);
            look();
        }
        rest();
        for (Letter letter : ledger.stored()) {
            Broken.unless(
                    letter.isExpired(clock.instant())
                            || node.settings.of(letter.to) != DeliverySetting.PUSH && !letter.held,
                    "not delivered to a registered user",
                    letter);
        }
    }

    /** The end: nobody keeps anything back any more. */
    void finish() {
        database.away(false);
        for (Client client : clients.values()) {
            Action.choose(this, client, DeliverySetting.PUSH);
        }
        delivered();
        for (Letter letter : ledger.all()) {
            Broken.unless(!letter.stored || letter.isExpired(clock.instant()), "still stored", letter);
            Broken.unless(!letter.accepted || letter.taken > 0 || letter.isExpired(clock.instant()), "lost", letter);
            Broken.unless(letter.taken <= 1 || letter.doubtful, "came twice", letter);
        }
    }

    /** A MESSAGE comes to the server. */
    void send(Letter letter) {
        SipDouble.Request request =
                new SipDouble.Request().body(letter.contentType, letter.body).header("Subject", letter.number + "");
        request.requestUri = letter.to.uri();
        request.to = "<" + letter.to + ">";
        request.callId = letter.callId;
        request.expires = letter.expires;
        note("MESSAGE", letter);
        arrivals.add(new Arrival(letter, request, clock.instant()));
        if (database.isAway()) {
            trouble();
        }
        request.arriveAt(node.messages);
    }

    /** An application submits it, or another message under its key. */
    void submit(Letter letter) {
        Submission submission = new Submission(
                new Aor("sip:alice@example.test"),
                letter.to,
                letter.contentType,
                Body.of(letter.body),
                Optional.of(letter.number + ""),
                letter.expires > 0 ? Optional.of(Duration.ofSeconds(letter.expires)) : Optional.empty(),
                letter.key);
        note("submission", letter, letter.key.orElse("no key"));
        Instant at = clock.instant();
        if (database.isAway()) {
            trouble();
        }
        long before = letter.everStored ? letter.id : 0;
        Submissions called = node.submissions;
        threads.call(() -> {
            Submitted submitted;
            try {
                submitted = called.submit(submission);
            } catch (RuntimeException e) {
                note("submission fails", letter);
                count("submission fails");
                checkReasonToFail(letter, at);
                return;
            }
            note("submitted", letter, submitted);
            check(letter, before, at, submitted);
        });
    }

    private void check(Letter letter, long before, Instant at, Submitted submitted) {
        if (submitted instanceof Submitted.Accepted accepted) {
            Broken.unless(letter.everStored, "accepted, but not stored", letter);
            Broken.unless(accepted.id() == letter.id, "accepted as another one", letter);
            Broken.unless(before == 0 || accepted.id() == before, "not the same id again", letter);
            letter.accepted = true;
            count(before == 0 ? "submitted" : "submitted again");
        } else if (submitted instanceof Submitted.Dropped) {
            Broken.unless(letter.composing, "dropped", letter);
            count("submission dropped");
        } else if (submitted instanceof Submitted.Refused refused) {
            count("submission " + refused.reason());
            boolean rightly = switch (refused.reason()) {
                case KEY_TAKEN -> letter.keyTaken;
                case OVER_QUOTA -> before == 0 && !letter.keyTaken && ledger.wasFullSince(letter.to, at);
                case UNKNOWN_DOMAIN -> false;
            };
            Broken.unless(rightly, "refused: " + refused.reason(), letter);
        }
    }

    /** A caller comes, and is answered in place of a user. */
    void call(Client client) {
        note("a session to", client.aor);
        callers.add(new Caller(this, calls++, client, chance(50) ? 480 : 0));
    }

    static byte[] octets(String text) {
        return text.getBytes(UTF_8);
    }

    @Override
    public void close() throws SQLException {
        threads.abandon();
        ledger.close();
        database.close();
    }
}
