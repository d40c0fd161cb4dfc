package im.deferred.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes messages in a user's sessions and answers as it was told. On the loop's thread only. */
final class MsrpReceiver {

    /** How long a fragile client takes for an answer. */
    private static final Duration MOMENT = Duration.ofMillis(50);

    private final Loop loop;
    private final Trace trace;
    private final Inbox<ReceivedMessage> messages;
    private final Map<String, Incoming> incoming = new HashMap<>();
    private final List<Runnable> held = new ArrayList<>();
    private final Set<MsrpSession> answering = new HashSet<>();
    private MsrpBehaviour behaviour = MsrpBehaviour.answering();
    private int count;
    /** Whether a fragile client has broken a connection. */
    private boolean broke;

    private record Incoming(int number, MsrpAssembly assembly) {}

    MsrpReceiver(Loop loop, Trace trace, Inbox<ReceivedMessage> messages) {
        this.loop = loop;
        this.trace = trace;
        this.messages = messages;
    }

    void behave(MsrpBehaviour next) {
        behaviour = next;
        count = 0;
        broke = false;
        if (!next.held()) {
            release();
        }
    }

    void release() {
        List<Runnable> answers = List.copyOf(held);
        held.clear();
        behaviour = new MsrpBehaviour(
                behaviour.refusals(), behaviour.closeAfter(), behaviour.silentFrom(), false, behaviour.fragile());
        answers.forEach(Runnable::run);
    }

    void received(Call call, MsrpSession session, MsrpFrame frame) {
        if (behaviour.fragile() && answering.contains(session)) {
            answering.remove(session);
            broke = true;
            session.cut();
            return;
        }
        if (!frame.carriesContent()) {
            give(session, frame, () -> answer(session, frame, 200));
            return;
        }
        String key = session.local().session() + " " + frame.need("Message-ID");
        if (frame.flag() == '#') {
            incoming.remove(key); // RFC 4975 §7.3.1: nothing of it is kept
            answer(session, frame, 200);
            return;
        }
        Incoming message = incoming.computeIfAbsent(key, ignored -> new Incoming(++count, new MsrpAssembly()));
        int status = behaviour.statusOf(message.number());
        Runnable answer = () -> answer(session, frame, status);
        if (behaviour.held()) {
            held.add(answer);
        } else {
            give(session, frame, answer);
        }
        message.assembly().add(frame).ifPresent(body -> {
            incoming.remove(key);
            whole(call, session, message, body, status);
        });
    }

    private void give(MsrpSession session, MsrpFrame frame, Runnable answer) {
        if (!behaviour.fragile()) {
            answer.run();
            return;
        }
        answering.add(session);
        if (!broke && frame.carriesContent()) {
            return; // the SEND that breaks the connection comes, sooner or later
        }
        loop.after(MOMENT, () -> {
            if (answering.remove(session)) {
                answer.run();
            }
        });
    }

    private void whole(Call call, MsrpSession session, Incoming message, byte[] body, int status) {
        MsrpFrame first = message.assembly().first();
        if (status == 200
                && first.header("Success-Report").filter("yes"::equals).isPresent()) {
            session.reportSuccess(first, body.length);
        }
        messages.add(new ReceivedMessage(trace.now(), call, first, body, status));
        if (message.number() == behaviour.closeAfter()) {
            session.cut();
        }
    }

    /** RFC 4975 §7.2: by Failure-Report none, or only the failures, are answered. */
    private static void answer(MsrpSession session, MsrpFrame frame, int status) {
        String wanted = frame.header("Failure-Report").orElse("yes");
        boolean failed = status != 200;
        if (status != 0 && (wanted.equals("yes") || wanted.equals("partial") && failed)) {
            session.respond(frame, status, failed ? "Refused" : "OK");
        }
    }
}
