package im.deferred.lab;

import java.io.PrintStream;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/** Prints a flow as it happens: step, time, who to whom, start line; under a SEND its headers, never a message's text. */
final class Ladder {

    private static final String LINE = "%4s  %s  %-5s -> %-5s  %s%n";
    private static final String DETAIL = " ".repeat(38) + "| %s%n";

    private final PrintStream out;
    private final DateTimeFormatter time;
    private boolean printing = true;

    Ladder(PrintStream out, ZoneId zone) {
        this.out = out;
        time = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(zone);
    }

    /** A line of its own, after an empty one, and over each part the names of the columns. */
    synchronized void heading(String text) {
        out.printf("%n%s%n%n", text);
        out.printf("step  %-12s  %-14s  message%n", "time", "who");
        out.flush();
    }

    /** A line about what the ladder shows. */
    synchronized void note(String text) {
        out.println(text);
        out.flush();
    }

    /** Prints nothing more. */
    synchronized void end() {
        printing = false;
    }

    synchronized void print(FlowRecord.Entry entry) {
        if (!printing) {
            return;
        }
        Trace.Seen seen = entry.seen();
        String step = entry.step().map(Step::number).map(String::valueOf).orElse(".");
        String text =
                seen.message() instanceof SipMessage sip ? describe(seen, sip) : describe((MsrpFrame) seen.message());
        out.printf(LINE, step, time.format(seen.at()), seen.from(), seen.to(), text);
        if (entry.is(Step.SEND)) {
            detail((MsrpFrame) seen.message());
        }
        out.flush();
    }

    private static String describe(Trace.Seen seen, SipMessage sip) {
        String note = "";
        if (!sip.isRequest()) {
            note = setup(sip)
                    .map(setup -> sip.method() + ", answer: setup " + setup)
                    .orElse(sip.method());
        } else if (sip.method().equals("REGISTER")) {
            note = (seen.to().equals("AS") ? "third-party, " : "") + "Expires "
                    + sip.header("Expires").orElse("unsaid");
        } else if (sip.method().equals("INVITE")) {
            note = setup(sip).map(setup -> "offer: setup " + setup).orElse("offer without setup");
        } else if (sip.method().equals("MESSAGE")) {
            note = sip.header("Content-Type").orElse("no type") + ", " + sip.body().length + " bytes by "
                    + sip.topVia().protocol();
        }
        return sip.startLine() + (note.isEmpty() ? "" : "  (" + note + ")");
    }

    private static Optional<String> setup(SipMessage sip) {
        return Sdp.parse(sip.text()).attribute("setup");
    }

    private static String describe(MsrpFrame frame) {
        String note = "";
        if (frame.carriesContent() && frame.range().start() > 1 || frame.flag() != '$') {
            ByteRange range = frame.range();
            note = "  (chunk from octet " + range.start() + " of " + (range.total() < 0 ? "?" : range.total()) + ")";
        } else if (frame.method().equals("SEND") && !frame.carriesContent()) {
            note = "  (empty: binds the session to its connection)";
        }
        return frame.startLine() + note;
    }

    private void detail(MsrpFrame send) {
        if (send.range().start() > 1) {
            return; // the first chunk has shown it
        }
        send.headers().list().forEach(header -> out.printf(DETAIL, header));
        SipMessage inner = inner(send);
        if (inner == null) {
            out.printf(DETAIL, "[" + send.body().length + " bytes]");
            return;
        }
        if (!inner.startLine().isEmpty()) {
            out.printf(DETAIL, "  " + inner.startLine());
        }
        inner.headers().list().forEach(header -> out.printf(DETAIL, "  " + header));
        String size = inner.header("Content-Length").orElse(Integer.toString(inner.body().length));
        out.printf(
                DETAIL,
                "  [" + size + " bytes of " + inner.header("Content-Type").orElse("no type") + "]");
    }

    /** The SIP message inside; null where there is none. A first chunk is read without regard to its length. */
    private static SipMessage inner(MsrpFrame send) {
        if (!send.need("Content-Type").toLowerCase(Locale.ROOT).startsWith("message/sip")) {
            return null;
        }
        try {
            return SipMessage.parseHead(send.body());
        } catch (IllegalArgumentException e) {
            return null; // shown by its size alone; the flow says what is wrong with it
        }
    }
}
