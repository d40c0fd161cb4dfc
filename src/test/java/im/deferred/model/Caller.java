package im.deferred.model;

import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.IncomingMessage;
import im.deferred.msrp.IncomingSink;
import im.deferred.msrp.MsrpRefusal;
import im.deferred.msrp.frame.MsrpHeaders;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionException;

/** Somebody in a session with the server, in place of a user who is away: several messages at once, each in pieces. */
final class Caller {

    /** Of a SEND's headers only those of its content go along in page mode. */
    static final String NUMBER_IN_PAGE_MODE = "Content-Description";

    /** One message on its way. */
    final class Send {
        final Letter letter;
        private final Instant at;
        private final IncomingSink sink;
        private final List<Integer> offsets = new ArrayList<>();
        private final int pieceSize;
        private boolean busy;

        private Send(Letter letter, IncomingSink sink) {
            this.letter = letter;
            this.at = world.clock.instant();
            this.sink = sink;
            this.pieceSize = 1 + letter.body.length / (1 + world.random.nextInt(MOST_PIECES));
            for (int offset = 0; offset < letter.body.length; offset += pieceSize) {
                offsets.add(offset);
            }
            Collections.shuffle(offsets, new Random(world.random.nextLong()));
        }

        /** Whether its next piece may come. */
        boolean mayGoOn() {
            return !busy;
        }

        /** Its next piece comes, or what is left of it: that it is whole. */
        void goOn() {
            busy = true;
            if (offsets.isEmpty()) {
                complete();
            } else {
                write(offsets.remove(offsets.size() - 1));
            }
        }

        private void write(int offset) {
            // What came before may come again with it.
            int start = world.chance(20) ? Math.max(0, offset - 2) : offset;
            int end = Math.min(offset + pieceSize, letter.body.length);
            ByteBuffer piece = ByteBuffer.wrap(letter.body, start, end - start).asReadOnlyBuffer();
            sink.write(start, piece).whenComplete((done, failure) -> {
                busy = false;
                if (isOver || failure == null) {
                    return;
                }
                sending.remove(this);
                sink.abort("refused");
                world.whenLooking(() -> refused(this, failure));
            });
        }

        private void complete() {
            letter.whole = true;
            letter.turn = ++turns;
            sending.remove(this);
            waiting.add(this);
            sink.complete(letter.body.length).whenComplete((done, failure) -> {
                if (isOver || !waiting.remove(this)) {
                    return; // nobody is there to be told
                }
                // Whoever completes this would not hear what is wrong.
                world.whenLooking(() -> {
                    if (failure == null) {
                        confirmed(letter);
                    } else {
                        refused(this, failure);
                    }
                });
            });
        }
    }

    static final int WINDOW = 3;

    /** That are not whole. */
    private static final int MOST_SENDING = 4;

    private static final int MOST_PIECES = 4;

    final Client to;
    final String callId;
    private final World world;
    private final IncomingHandler incoming;
    private final Set<Send> sending = new LinkedHashSet<>();
    private final Set<Send> waiting = new HashSet<>();
    private final List<Letter> sent = new ArrayList<>();
    private int turns;
    private boolean isOver;

    Caller(World world, int number, Client to, int status) {
        this.world = world;
        this.to = to;
        this.callId = "s" + number + "@client";
        this.incoming = world.node().calls.open(to.aor, callId, status, Node.MAX_SIZE, WINDOW);
    }

    List<Send> thatMayGoOn() {
        return sending.stream().filter(Send::mayGoOn).toList();
    }

    boolean mayBegin() {
        return sending.size() < MOST_SENDING;
    }

    /** Those that it may send again, since it was not told of them, or does not know. */
    List<Letter> thatMayBeSentAgain() {
        return sent.stream()
                .filter(letter -> sending.stream().noneMatch(send -> send.letter == letter))
                .filter(letter -> letter.firstCame.plus(Node.SEEN).isAfter(world.clock.instant()))
                .toList();
    }

    /** Whether nothing of it is under way. */
    boolean isQuiet() {
        return sending.isEmpty() && waiting.isEmpty();
    }

    /** The first chunk of a message comes. */
    void begin(Letter letter) {
        letter.sentAgain |= sent.contains(letter);
        letter.whole |= letter.sentAgain && letter.everStored;
        world.note("SEND begins", letter, callId);
        try {
            String id = "m" + letter.number;
            MsrpHeaders headers = new MsrpHeaders()
                    .with(MsrpHeaders.MESSAGE_ID, id)
                    .with(MsrpHeaders.CONTENT_TYPE, letter.contentType)
                    .with("Subject", letter.number + "")
                    .with(NUMBER_IN_PAGE_MODE, letter.number + "");
            int announced = world.chance(50) ? letter.body.length : -1;
            IncomingSink sink = incoming.begin(new IncomingMessage(id, letter.contentType, announced, headers));
            if (!letter.sentAgain) {
                sent.add(letter);
            }
            sending.add(new Send(letter, sink));
        } catch (MsrpRefusal e) {
            throw new Broken("a SEND refused from the beginning: " + e.status());
        }
    }

    /** A message ends in the middle: by its sender's word. */
    void abort(Send send) {
        sending.remove(send);
        send.sink.abort("by its sender");
    }

    /** The connection breaks: what was not whole counts for nothing, and of the rest nobody is told. */
    void over() {
        isOver = true;
        sending.forEach(send -> send.sink.abort("the connection is lost"));
        sending.clear();
        waiting.clear();
        world.callers.remove(this);
    }

    private void confirmed(Letter letter) {
        world.note("SEND answered 200", letter);
        world.count("SEND taken");
        Broken.unless(letter.everStored || letter.composing, "confirmed, but not stored", letter);
        letter.accepted = !letter.composing;
    }

    private void refused(Send send, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        Broken.unless(cause instanceof MsrpRefusal, "no MSRP", cause);
        int status = ((MsrpRefusal) cause).status();
        world.note("SEND answered", status, send.letter);
        world.count("SEND taken not: " + status);
        if (status == 413) {
            Broken.unless(world.ledger.wasFullSince(send.letter.to, send.at), "over quota, but is not", send.letter);
        } else {
            Broken.unless(status == 408, "refused with " + status, send.letter);
            world.checkReasonToFail(send.letter, send.at);
        }
    }
}
