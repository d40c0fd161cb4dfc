package im.deferred.msrp;

import im.deferred.msrp.frame.ByteRange;
import im.deferred.msrp.frame.MsrpHeaders;
import im.deferred.msrp.frame.MsrpRequest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The messages that come in one session; on the event loop of its connection. */
final class Inbox {
    private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

    private final IncomingHandler handler;
    private final MsrpLimits limits;

    /** Messages that have begun and are not whole, and refused ones of which more may come. */
    private final Map<String, Assembly> open = new LinkedHashMap<>();

    private boolean over;

    Inbox(IncomingHandler handler, MsrpLimits limits) {
        this.handler = handler;
        this.limits = limits;
    }

    MsrpLimits limits() {
        return limits;
    }

    /** The message of that id that is not whole, or null. */
    Assembly find(String messageId) {
        return open.get(messageId);
    }

    /** The message that this chunk belongs to; a new one is offered to the handler. */
    Assembly assembly(MsrpRequest chunk, String messageId, ByteRange range) {
        Assembly assembly = open.get(messageId);
        if (assembly == null) {
            assembly = begin(chunk, messageId, range);
            if (open.size() < limits.maxOpenMessages()) {
                open.put(messageId, assembly);
            }
        }
        if ("yes".equalsIgnoreCase(chunk.headers().get(MsrpHeaders.SUCCESS_REPORT))) {
            assembly.askedForSuccessReport();
        }
        return assembly;
    }

    private Assembly begin(MsrpRequest chunk, String messageId, ByteRange range) {
        String contentType = chunk.headers().get(MsrpHeaders.CONTENT_TYPE);
        try {
            if (over) {
                throw sessionOver();
            }
            if (contentType == null) {
                throw new MsrpRefusal(400, "No Content-Type");
            }
            if (range.total() > limits.maxMessageLength()) {
                throw new MsrpRefusal(413, "Message too large");
            }
            if (open.size() >= limits.maxOpenMessages() && !forgetOneRefused()) {
                throw new MsrpRefusal(413, "Too many messages at once");
            }
            IncomingMessage message = new IncomingMessage(messageId, contentType, range.total(), chunk.headers());
            return Assembly.into(messageId, handler.begin(message));
        } catch (MsrpRefusal refusal) {
            return Assembly.refused(messageId, refusal);
        } catch (RuntimeException e) {
            return Assembly.refused(messageId, refusal(messageId, e));
        }
    }

    /** Anything that is no refusal by itself stops the message: 413 (RFC 4975 §10.5). */
    MsrpRefusal refusal(String messageId, Throwable cause) {
        if (cause instanceof MsrpRefusal refusal) {
            return refusal;
        }
        LOG.warn("message {} not taken", messageId, cause);
        return new MsrpRefusal(413, "Not taken");
    }

    private boolean forgetOneRefused() {
        for (Iterator<Assembly> all = open.values().iterator(); all.hasNext(); ) {
            if (!all.next().isOpen()) {
                all.remove();
                return true;
            }
        }
        return false;
    }

    void forget(Assembly assembly) {
        open.remove(assembly.messageId, assembly);
    }

    /** The session is over: what is not whole never will be, and what still comes of it is answered so. */
    void abort() {
        over = true;
        MsrpRefusal gone = sessionOver();
        new ArrayList<>(open.values()).forEach(assembly -> assembly.refuse(gone));
        open.clear();
    }

    private static MsrpRefusal sessionOver() {
        return new MsrpRefusal(481, "Session is over");
    }
}
