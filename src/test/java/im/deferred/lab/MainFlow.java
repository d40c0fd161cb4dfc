package im.deferred.lab;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The flow of the seed, once: Alice writes while Bob is away, Bob registers, what waits is pushed. Only its own messages and
 * their session count, so that what an earlier run left at the AS does no harm.
 */
final class MainFlow {

    private static final Duration WIRE_LIMIT = Duration.ofSeconds(5);
    private static final int LONG_MESSAGE = 20 * 1024;

    private final SipCore core;
    private final User alice;
    private final User bob;
    private final Ladder ladder;
    private final Duration patience;
    private final Inbox<FlowRecord.Entry> entries;
    private final List<String> failures = new ArrayList<>();

    /** {@code patience} is how long the server may take to answer a registration, to push, and to say BYE, each. */
    MainFlow(SipCore core, User alice, User bob, Ladder ladder, Duration patience) {
        this.core = core;
        this.alice = alice;
        this.bob = bob;
        this.ladder = ladder;
        this.patience = patience;
        entries = new Inbox<>("messages of the flow", core.trace()::tail);
        core.trace().listen(new FlowRecord(entries::add));
    }

    /** Plays it; the lines that say what failed, empty when every step happened and every message came whole. */
    List<String> play() {
        ladder.heading("Bob is away. Alice writes three messages to him.");
        List<Sent> sent = write();
        ladder.heading("Bob registers (step 1). The IM server pushes what waits for him (steps 2 to 13).");
        register();
        List<ReceivedMessage> received = receive(sent);
        checkSteps(received);
        return failures;
    }

    private List<Sent> write() {
        byte[] longText = "A long one, which needs TCP.\r\n"
                .repeat(LONG_MESSAGE / 30 + 1)
                .substring(0, LONG_MESSAGE)
                .getBytes(UTF_8);
        List<Draft> drafts = List.of(
                alice.write(bob.aor()).text("Good morning, Bob \u2013 are you there?"),
                alice.write(bob.aor())
                        .header("Subject", "Caf\u00e9")
                        .body("text/plain; charset=\"ISO-8859-1\"", "Caf\u00e9 at noon?".getBytes(ISO_8859_1)),
                alice.write(bob.aor())
                        .body("text/plain;charset=UTF-8", longText)
                        .over(Transport.TCP));
        List<Sent> sent = new ArrayList<>();
        for (Draft draft : drafts) {
            Sent one = draft.send();
            if (one.status() != 202) {
                failures.add("Message " + (sent.size() + 1) + " of Alice was answered "
                        + one.response().startLine().replace("SIP/2.0 ", "") + ", not 202: it is not deferred.");
                return sent;
            }
            sent.add(one);
        }
        return sent;
    }

    private void register() {
        SipMessage ok = bob.register();
        boolean answered = ok.isSuccess()
                && entries.find(this::isThirdPartyRegister, WIRE_LIMIT)
                        .flatMap(told -> entries.find(entry -> isAnswer(entry, told), patience))
                        .isPresent();
        if (!answered) {
            missing(Step.REGISTERED, "the AS did not answer the third-party REGISTER with 200");
        }
    }

    private boolean isThirdPartyRegister(FlowRecord.Entry entry) {
        return entry.is(Step.REGISTERED)
                && entry.seen().to().equals("AS")
                && entry.sip().to().sipUri().aor().equals(bob.aor())
                && !entry.sip().header("Expires").equals(Optional.of("0"));
    }

    private static boolean isAnswer(FlowRecord.Entry entry, FlowRecord.Entry told) {
        return entry.is(Step.REGISTERED)
                && entry.seen().from().equals("AS")
                && entry.sip().callId().equals(told.sip().callId());
    }

    private List<ReceivedMessage> receive(List<Sent> sent) {
        List<ReceivedMessage> received = new ArrayList<>();
        long deadline = System.nanoTime() + patience.toNanos();
        for (int i = 0; i < sent.size(); i++) {
            SipMessage original = sent.get(i).request();
            Optional<ReceivedMessage> found = bob.messages()
                    .find(message -> carries(message, original), Duration.ofNanos(deadline - System.nanoTime()));
            if (found.isPresent()) {
                checkWhole(i + 1, original, found.get());
                received.add(found.get());
            } else {
                failures.add("Message " + (i + 1) + " of Alice (Call-ID " + original.callId() + ") did not come.");
            }
        }
        List<ReceivedMessage> inOrder =
                bob.messages().all().stream().filter(received::contains).toList();
        if (!inOrder.equals(received)) {
            failures.add("The messages did not come in the order in which Alice wrote them.");
        }
        return received;
    }

    private static boolean carries(ReceivedMessage message, SipMessage original) {
        if (!message.isEncapsulatedSip()) {
            return false;
        }
        try {
            return message.encapsulated().header("Call-ID").equals(original.header("Call-ID"));
        } catch (IllegalArgumentException e) {
            return false; // not one of ours in any form that can be read
        }
    }

    /** What FLOW says of step 8: headers by their meaning, Call-ID and body to the letter, the time of arrival. */
    private void checkWhole(int number, SipMessage original, ReceivedMessage message) {
        SipMessage inner = message.encapsulated();
        expect(
                number,
                "From",
                inner.header("From")
                        .map(SipAddress::parse)
                        .filter(original.from()::means)
                        .isPresent());
        expect(
                number,
                "To",
                inner.header("To")
                        .map(SipAddress::parse)
                        .filter(original.to()::means)
                        .isPresent());
        expect(
                number,
                "P-Asserted-Identity",
                inner.header("P-Asserted-Identity")
                        .filter(value -> SipAddress.parse(value).sipUri().aor().equals(alice.aor()))
                        .isPresent());
        expect(
                number,
                "Content-Type",
                inner.header("Content-Type")
                        .filter(type -> Grammar.sameMediaType(type, original.need("Content-Type")))
                        .isPresent());
        expect(number, "Subject", inner.header("Subject").equals(original.header("Subject")));
        expect(number, "body", Arrays.equals(inner.body(), original.body()));
        expect(number, "Date in the SEND", message.date().isPresent());
        expect(number, "Date in the encapsulated message", inner.header("Date").isPresent());
        expect(number, "answer of 200", message.isAccepted());
    }

    private void expect(int number, String what, boolean holds) {
        if (!holds) {
            failures.add("Message " + number + " of Alice did not come whole: wrong or missing " + what + ".");
        }
    }

    private void checkSteps(List<ReceivedMessage> received) {
        if (received.isEmpty()) {
            String seen = bob.calls().size() == 0 ? "no INVITE came to Bob" : "no message of this run came to Bob";
            List.of(Step.values()).subList(1, Step.values().length).forEach(step -> missing(step, seen));
            return;
        }
        Call call = received.get(received.size() - 1).call();
        boolean missed = false;
        List<String> messageIds =
                received.stream().map(ReceivedMessage::messageId).toList();
        for (Step step : List.of(Step.values()).subList(1, Step.values().length)) {
            // What follows a step that is missing is looked for, but not waited for.
            Duration limit = missed ? Duration.ZERO : step == Step.BYE_TO_CORE ? patience : WIRE_LIMIT;
            boolean msrp = step == Step.SEND || step == Step.SEND_ANSWERED;
            boolean there = msrp
                    ? messageIds.stream()
                            .allMatch(
                                    id -> seen(step, entry -> entry.messageId().equals(id), limit))
                    : seen(
                            step,
                            entry -> entry.sip().callId().equals(call.invite().callId()),
                            limit);
            if (!there) {
                missing(step, "not seen on the wire" + (missed ? "" : " within " + limit.toMillis() / 1000.0 + " s"));
                missed = true;
            }
        }
    }

    private boolean seen(Step step, Predicate<FlowRecord.Entry> fits, Duration limit) {
        return entries.find(entry -> entry.is(step) && fits.test(entry), limit).isPresent();
    }

    private void missing(Step step, String reason) {
        failures.add("Step " + step.number() + " is missing, " + step.description() + ": " + reason + ".");
    }
}
