package im.deferred.lab;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads a trace as a flow: each message once, in the order of the wire, with its step. A SIP message counts where the core
 * sees it and an MSRP message where the client sees it; a message sent again is left out.
 */
final class FlowRecord implements Consumer<Trace.Seen> {

    /**
     * One message of the flow.
     *
     * @param step its step; empty for what leads up to the flow or went wrong in it
     * @param seen the message
     * @param messageId of an MSRP message and of the response to it; empty otherwise
     */
    record Entry(Optional<Step> step, Trace.Seen seen, String messageId) {

        boolean is(Step other) {
            return step.filter(other::equals).isPresent();
        }

        SipMessage sip() {
            return (SipMessage) seen.message();
        }
    }

    private final Consumer<Entry> entries;
    private final Set<List<String>> known = new HashSet<>();
    private final Map<String, MsrpFrame> sends = new HashMap<>();

    FlowRecord(Consumer<Entry> entries) {
        this.entries = entries;
    }

    @Override
    public void accept(Trace.Seen seen) {
        if (seen.message() instanceof SipMessage sip) {
            if (seen.by().equals("Core") && sip.status() != 100 && isNew(seen, sip)) {
                entries.accept(new Entry(Step.of(seen, false), seen, ""));
            }
            return;
        }
        MsrpFrame frame = (MsrpFrame) seen.message();
        MsrpFrame send = frame;
        if (frame.status() == 0) {
            sends.put(frame.transaction(), frame);
        } else {
            send = sends.getOrDefault(frame.transaction(), frame);
            sends.remove(frame.transaction());
        }
        String messageId = send.header("Message-ID").orElse("");
        entries.accept(new Entry(Step.of(seen, send.carriesContent()), seen, messageId));
    }

    private boolean isNew(Trace.Seen seen, SipMessage sip) {
        String branch = sip.header("Via").map(Via::parse).map(Via::branch).orElse("");
        String tag =
                sip.header("To").map(SipAddress::parse).map(SipAddress::tag).orElse("");
        return known.add(List.of(
                seen.from(),
                seen.to(),
                sip.startLine(),
                sip.header("Call-ID").orElse(""),
                sip.header("CSeq").orElse(""),
                branch,
                tag));
    }
}
