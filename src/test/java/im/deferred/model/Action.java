package im.deferred.model;

import im.deferred.message.SteppedStore;
import im.deferred.message.SteppedStore.Fault;
import im.deferred.message.Submissions;
import im.deferred.registration.FakeSip;
import im.deferred.settings.DeliverySetting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** What may happen next, each about as often as its weight says. */
enum Action {

    // What is to be done in the server.

    /** A thread does the next thing. */
    WORK(400) {
        @Override
        boolean perform(World world) {
            return world.node().threads.runAny(world.random);
        }
    },
    COMMIT(130) {
        @Override
        boolean perform(World world) {
            if (world.database.isAway()) {
                world.trouble();
            }
            boolean committed = world.node().stepped.commit();
            if (committed && world.database.isAway()) {
                world.ledger.deletionsMayBeLost();
            }
            return committed;
        }
    },
    /** Time passes until a timer goes off. */
    RING(25) {
        @Override
        boolean perform(World world) {
            return world.node().threads.ring();
        }
    },
    PASS(20) {
        @Override
        boolean perform(World world) {
            world.node().threads.pass(Duration.ofMillis(world.random.nextInt(20_000)));
            return true;
        }
    },
    SWEEP(5) {
        @Override
        boolean perform(World world) {
            if (world.database.isAway()) {
                return false;
            }
            Node node = world.node();
            if (COMMIT.perform(world)) {
                return true; // what waits is in the way of what sweeping has committed
            }
            node.stepped.committingAtOnce(() -> node.expiry.sweep());
            node.registrations.removeExpired();
            return true;
        }
    },

    // Who writes.

    WRITE(45) {
        @Override
        boolean perform(World world) {
            int number = world.ledger.size();
            Letter letter = write(world, Letter.Way.MESSAGE, world.anyClient(), "c" + number + "@client");
            world.send(letter);
            return true;
        }
    },
    /** A copy comes by another way: of one that was to be stored, and would be again. */
    COPY(20) {
        @Override
        boolean perform(World world) {
            List<Letter> latest = latest(world, letter -> mayCopy(world, letter));
            if (latest.isEmpty()) {
                return false;
            }
            world.send(world.any(latest));
            return true;
        }

        private static boolean mayCopy(World world, Letter letter) {
            return letter.way == Letter.Way.MESSAGE
                    && !letter.composing
                    && !letter.everForwarded
                    && letter.firstCame.plus(Node.SEEN).isAfter(world.clock.instant())
                    && !world.database.isAway();
        }
    },

    SUBMIT(14) {
        @Override
        boolean perform(World world) {
            Letter letter = write(world, Letter.Way.SUBMISSION, world.anyClient(), null);
            letter.key = world.chance(70) ? Optional.of("key " + letter.number) : Optional.empty();
            world.submit(letter);
            return true;
        }
    },
    SUBMIT_AGAIN(9) {
        @Override
        boolean perform(World world) {
            List<Letter> latest = latest(world, letter -> letter.key.isPresent() && !letter.keyTaken);
            latest.forEach(letter -> Broken.unless(
                    letter.firstCame.plus(Submissions.KEY_MEMORY).isAfter(world.clock.instant()), "old", letter));
            if (latest.isEmpty()) {
                return false;
            }
            Letter letter = world.any(latest);
            boolean other = letter.everStored && world.chance(30);
            world.submit(other ? another(world, letter) : letter);
            return true;
        }

        private static Letter another(World world, Letter letter) {
            Letter other = write(world, Letter.Way.SUBMISSION, world.anyClient(), null);
            other.key = letter.key;
            other.keyTaken = !other.composing;
            return other;
        }
    },
    CALL(4) {
        @Override
        boolean perform(World world) {
            boolean mayCall = world.callers.size() < MOST_CALLERS;
            if (mayCall) {
                world.call(world.anyClient());
            }
            return mayCall;
        }
    },
    SEND(22) {
        @Override
        boolean perform(World world) {
            List<Caller> callers =
                    world.callers.stream().filter(Caller::mayBegin).toList();
            if (callers.isEmpty()) {
                return false;
            }
            Caller caller = world.any(callers);
            do {
                Letter letter = write(world, Letter.Way.SEND, caller.to, caller.callId);
                letter.whole = false;
                caller.begin(letter);
            } while (caller.mayBegin() && world.chance(60));
            return true;
        }
    },
    SEND_ON(150) {
        @Override
        boolean perform(World world) {
            List<Caller> callers = world.callers.stream()
                    .filter(caller -> !caller.thatMayGoOn().isEmpty())
                    .toList();
            if (callers.isEmpty()) {
                return false;
            }
            if (world.database.isAway()) {
                world.trouble();
            }
            List<Caller.Send> sending = world.any(callers).thatMayGoOn();
            if (world.chance(50)) {
                world.any(sending).goOn();
            } else {
                sending.forEach(Caller.Send::goOn); // they came in one go
            }
            return true;
        }
    },
    /** Its answer was lost, or said that it was not taken. */
    SEND_AGAIN(12) {
        @Override
        boolean perform(World world) {
            List<Caller> callers = world.callers.stream()
                    .filter(caller ->
                            caller.mayBegin() && !caller.thatMayBeSentAgain().isEmpty())
                    .toList();
            if (callers.isEmpty()) {
                return false;
            }
            Caller caller = world.any(callers);
            caller.begin(world.any(caller.thatMayBeSentAgain()));
            return true;
        }
    },
    ABORT(10) {
        @Override
        boolean perform(World world) {
            List<Caller> callers = world.callers.stream()
                    .filter(caller -> !caller.thatMayGoOn().isEmpty())
                    .toList();
            if (callers.isEmpty()) {
                return false;
            }
            Caller caller = world.any(callers);
            caller.abort(world.any(caller.thatMayGoOn()));
            return true;
        }
    },
    BREAK(4) {
        @Override
        boolean perform(World world) {
            if (world.callers.isEmpty()) {
                return false;
            }
            Caller caller = world.any(world.callers);
            world.note("a caller's session breaks", caller.callId);
            caller.over();
            return true;
        }
    },

    // What users do.

    REGISTER(25) {
        @Override
        boolean perform(World world) {
            register(world, world.anyClient(), world.any(List.of(20, 600, 3600)));
            return true;
        }
    },
    DEREGISTER(10) {
        @Override
        boolean perform(World world) {
            register(world, world.anyClient(), 0);
            return true;
        }
    },
    CHOOSE(6) {
        @Override
        boolean perform(World world) {
            if (world.database.isAway()) {
                return false;
            }
            Client client = world.anyClient();
            DeliverySetting setting =
                    world.chance(60) ? DeliverySetting.PUSH : world.any(List.of(DeliverySetting.values()));
            choose(world, client, setting);
            return true;
        }
    },
    PULL(8) {
        @Override
        boolean perform(World world) {
            Client client = world.anyClient();
            if (!client.reachable) {
                return false;
            }
            world.pull(client);
            return true;
        }
    },
    NETWORK(12) {
        @Override
        boolean perform(World world) {
            Client client = world.anyClient();
            client.reachable = !client.reachable || world.chance(50);
            world.note("reachable", client.aor, client.reachable);
            return true;
        }
    },
    CRASH(6) {
        @Override
        boolean perform(World world) {
            Client client = world.anyClient();
            boolean forgets = world.chance(40);
            world.note("crash", client.aor, forgets ? "forgets" : "remembers");
            if (forgets) {
                client.forget(world.ledger);
            }
            client.forwarded.clear();
            List.copyOf(client.sessions).stream()
                    .filter(session -> session.state() != ClientSession.State.INVITED)
                    .forEach(ClientSession::over);
            return true;
        }
    },

    // What clients answer.

    ANSWER_INVITE(60) {
        @Override
        boolean perform(World world) {
            return session(world, ClientSession.State.INVITED)
                    .map(session -> answerInvite(world, session.client(), session))
                    .isPresent();
        }

        private ClientSession answerInvite(World world, Client client, ClientSession session) {
            int kind = world.isCalm() ? 0 : world.random.nextInt(100);
            if (kind < 70) {
                accept(world, client, session);
            } else if (kind < 75) {
                session.refuse(0); // the MSRP connection fails
            } else {
                int status = world.any(List.of(404, 408, 410, 415, 480, 486, 487, 488, 500, 503, 600, 603, 606));
                world.note("INVITE answered", client.aor, status);
                world.count("INVITE " + status);
                world.count("INVITE refused");
                client.parked |= !TRIED_AGAIN.contains(status) && !NO_SUCH_SESSION.contains(status);
                session.refuse(
                        status,
                        world.chance(20)
                                ? Optional.of(Duration.ofSeconds(world.random.nextInt(90)))
                                : Optional.empty());
            }
            return session;
        }
    },
    ANSWER_SEND(140) {
        @Override
        boolean perform(World world) {
            List<ClientSession> sessions = reachable(world)
                    .filter(session -> !session.unanswered().isEmpty())
                    .toList();
            if (sessions.isEmpty()) {
                return false;
            }
            ClientSession session = world.any(sessions);
            ClientSession.Send send = world.chance(80) ? session.unanswered().get(0) : world.any(session.unanswered());
            int kind = world.isCalm() ? 0 : world.random.nextInt(100);
            if (kind < 65) {
                world.note("200", send.letter);
                session.confirm(send);
            } else if (kind < 82) {
                world.note("200 in vain", send.letter);
                world.count("200 in vain");
                session.confirmInVain(send);
            } else {
                int status = world.any(List.of(400, 403, 408, 413, 415, 481, 501, 506));
                world.note(status, send.letter);
                world.count("SEND " + status);
                world.count("SEND refused");
                session.refuse(send, status);
            }
            return true;
        }
    },
    /** The BYE, or the CANCEL, is answered. */
    ANSWER_END(50) {
        @Override
        boolean perform(World world) {
            return session(world, ClientSession.State.ENDING)
                    .or(() -> session(world, ClientSession.State.CANCELLED))
                    .map(session -> {
                        session.over();
                        return session;
                    })
                    .isPresent();
        }
    },
    ANSWER_FORWARDED(40) {
        @Override
        boolean perform(World world) {
            List<Client> asked = world.clients.values().stream()
                    .filter(client -> client.reachable && !client.forwarded.isEmpty())
                    .toList();
            if (asked.isEmpty()) {
                return false;
            }
            Client client = world.any(asked);
            Forwarded forwarded = client.forwarded.remove(world.random.nextInt(client.forwarded.size()));
            int kind = world.isCalm() ? 0 : world.random.nextInt(100);
            if (kind < 55) {
                take(world, client, forwarded);
            } else if (kind < 63) {
                forwarded.letter().doubtful = true;
                client.count(forwarded.letter());
            } else {
                int status = world.any(List.of(403, 404, 408, 415, 430, 480, 486, 487, 500, 503, 504, 600, 603));
                world.note("forwarded answered", status, forwarded.letter());
                client.parked |= !TRIED_AGAIN.contains(status);
                forwarded.request().answerTo(world.node().messages, status);
            }
            return true;
        }

        private void takePage(World world, Client client, Forwarded page) {
            Letter letter = page.letter();
            int late = world.clock.instant().compareTo(page.at().plusSeconds(PAGE_UNANSWERED));
            letter.confirmed |= late < 0;
            letter.confirmedLate |= late == 0; // the timer may have gone off, or not
            letter.doubtful |= late >= 0;
            world.note("page answered 200", letter);
            client.count(letter);
            page.request().answerTo(world.node().messages, 200);
        }

        private void take(World world, Client client, Forwarded forwarded) {
            Letter letter = forwarded.letter();
            if (forwarded.request().isPage()) {
                takePage(world, client, forwarded);
                return;
            }
            letter.confirmed = true;
            forwarded.request().answerTo(world.node().messages, 200);
            // Whether it is in time the server knows only when it is there.
            List<Arrival> copies = world.arrivals.stream()
                    .filter(arrival -> arrival.letter() == letter)
                    .toList();
            boolean inTime = copies.stream()
                    .anyMatch(arrival -> !arrival.request().answers.isEmpty());
            if (!inTime) {
                world.count("taken late");
                letter.confirmed = false;
                letter.confirmedLate = true;
                letter.doubtful = true;
            }
            world.note("forwarded answered 200", letter, inTime ? "in time" : "late");
            if (!letter.composing) {
                client.count(letter);
            }
        }
    },
    HANG_UP(8) {
        @Override
        boolean perform(World world) {
            return session(world, ClientSession.State.OPEN)
                    .map(session -> {
                        session.over();
                        return session;
                    })
                    .isPresent();
        }
    },

    // What goes wrong.

    FAULT(8) {
        @Override
        boolean perform(World world) {
            Fault fault = world.any(List.of(Fault.BEFORE, Fault.AFTER));
            int times = 1 + world.random.nextInt(3);
            world.trouble();
            boolean tried = world.node().stepped.commit(fault, times);
            if (tried) {
                world.note("commit fails", fault, times);
                world.ledger.compare();
                world.ledger.deletionsMayBeLost();
            }
            return tried;
        }
    },
    OUTAGE(20) {
        @Override
        boolean perform(World world) {
            if (!world.database.isAway() && world.chance(90)) {
                return false;
            }
            world.database.away(!world.database.isAway());
            world.note("database away", world.database.isAway());
            world.trouble();
            return true;
        }
    },
    DEATH(1) {
        @Override
        boolean perform(World world) {
            try {
                if (world.chance(60) && !world.database.isAway()) {
                    world.node().stepped.commit(Fault.DEATH, 1);
                }
            } catch (SteppedStore.Death death) {
                world.count("death in a commit");
            }
            world.note("the process dies");
            world.die();
            return true;
        }
    };

    /** After these the database may be another one. */
    static final Set<Action> WRITING = EnumSet.of(COMMIT, SWEEP, FAULT, DEATH);

    /** What happens though nobody wants anything new. */
    static final List<Action> OF_ITSELF =
            List.of(WORK, COMMIT, SEND_ON, ANSWER_INVITE, ANSWER_SEND, ANSWER_END, ANSWER_FORWARDED);

    private static final String SIP = "message/sip";
    private static final String SIPFRAG = "message/sipfrag";
    private static final String MSRP = "message/msrp";
    private static final String CPIM = "message/cpim";

    private static final int MOST_CALLERS = 3;

    /** Of how many messages there may be a copy still on its way. */
    private static final int LATEST = 60;

    /** After so many seconds the server takes a page for unanswered. */
    private static final int PAGE_UNANSWERED = 40;

    /** Statuses after which the server tries again by itself (FLOW.md, 'When a push fails'). */
    private static final Set<Integer> TRIED_AGAIN = Set.of(408, 480, 487, 500, 503, 504);

    /** Statuses that say of the session that it is of no use, not of the user. */
    private static final Set<Integer> NO_SUCH_SESSION = Set.of(415, 488, 606);

    private static final int ALL =
            Stream.of(values()).mapToInt(action -> action.weight).sum();

    private final int weight;

    Action(int weight) {
        this.weight = weight;
    }

    /** Does it, unless there is nothing to do it to. */
    abstract boolean perform(World world);

    static Action any(RandomGenerator random) {
        int left = random.nextInt(ALL);
        for (Action action : values()) {
            left -= action.weight;
            if (left < 0) {
                return action;
            }
        }
        throw new IllegalStateException();
    }

    private static Letter write(World world, Letter.Way way, Client client, String callId) {
        int number = world.ledger.size();
        int kind = world.random.nextInt(100);
        String text = "letter " + number + " " + "x".repeat(kind == 0 ? 100_000 : world.random.nextInt(60));
        boolean composing = kind > 93;
        String type = composing ? "application/im-iscomposing+xml" : kind > 85 ? "message/cpim" : "text/plain";
        String cpim = "From: <sip:alice@example.test>\r\n\r\nContent-Type: text/plain\r\n\r\n";
        Instant now = world.clock.instant().truncatedTo(ChronoUnit.MILLIS);
        int expires = way != Letter.Way.SEND && world.chance(6) ? 1 + world.random.nextInt(60) : -1;
        Letter letter = new Letter(
                way,
                number,
                client,
                callId,
                composing,
                type,
                World.octets(type.equals("message/cpim") ? cpim + text : text),
                expires,
                now,
                expires > 0 ? now.plusSeconds(expires) : now.plus(Node.LIFETIME));
        world.ledger.add(letter);
        return letter;
    }

    private static List<Letter> latest(World world, Predicate<Letter> which) {
        List<Letter> all = world.ledger.all();
        return all.subList(Math.max(0, all.size() - LATEST), all.size()).stream()
                .filter(which)
                .toList();
    }

    /** The core tells that the user registers for so long, or is gone. */
    static void register(World world, Client client, int expires) {
        FakeSip.Register register = new FakeSip.Register().to(client.aor.uri()).header("Expires", expires + "");
        world.note("REGISTER", client.aor, expires);
        try {
            world.node().registrar.take(register.request());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Broken.unless(register.sent.size() == 1, "not one answer to a REGISTER", register.sent);
        int status = register.sent.get(0).status();
        Broken.unless(status == (world.database.isAway() ? 503 : 200), "a REGISTER answered", status);
        if (status == 200 && expires > 0) {
            client.parked = false;
            client.reachable = true;
        }
    }

    /** The client takes a session, with one or the other set of types. */
    static void accept(World world, Client client, ClientSession session) {
        OptionalLong size = world.isCalm() || world.chance(85) ? OptionalLong.empty() : OptionalLong.of(300);
        switch (world.isCalm() ? 0 : world.random.nextInt(10)) {
            case 0, 1, 2, 3, 4 -> session.accept(Set.of(SIP, SIPFRAG, MSRP, CPIM), Set.of("text/plain"), size);
            case 5 -> session.accept(Set.of(SIP, MSRP), Set.of(), size);
            case 6 -> session.accept(Set.of(SIPFRAG), Set.of(), size);
            case 7 -> session.accept(Set.of(CPIM), Set.of("text/plain"), size);
            case 8 -> session.accept(Set.of(CPIM), Set.of(), size);
            default -> session.accept(Set.of("text/plain"), Set.of(), size);
        }
    }

    static void choose(World world, Client client, DeliverySetting setting) {
        world.note("chooses", client.aor, setting);
        world.node().settings.choose(client.aor, setting);
        world.node().pushes.settingChanged(client.aor);
    }

    private static Stream<ClientSession> reachable(World world) {
        return world.clients.values().stream()
                .filter(client -> client.reachable)
                .flatMap(client -> client.sessions.stream());
    }

    private static Optional<ClientSession> session(World world, ClientSession.State state) {
        List<ClientSession> sessions =
                reachable(world).filter(session -> session.state() == state).toList();
        return sessions.isEmpty() ? Optional.empty() : Optional.of(world.any(sessions));
    }
}
