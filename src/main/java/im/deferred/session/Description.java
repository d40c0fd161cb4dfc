package im.deferred.session;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.LongFunction;
import javax.servlet.sip.SipServletMessage;

/** What this server says of its side of one session, as often as it is asked: the version rises when that changes (RFC 3264 §5, §8). */
final class Description {

    private final LocalMedia media;
    private final long id;
    private long version;
    /** What was said last, but for its version. */
    private String said = "";

    /** @param id of the session in the {@code o=} line, and its first version */
    Description(LocalMedia media, long id) {
        this.media = media;
        this.id = id;
        this.version = id - 1;
    }

    /** As it was offered or answered first. */
    LocalMedia media() {
        return media;
    }

    /** Puts it into a message as the offer that opens the session. */
    void offer(SipServletMessage message) throws IOException {
        say(message, versioned -> media.offer(id, versioned));
    }

    /** The same as the answer to the offer that opens it. */
    void answer(SipServletMessage message, String offer) throws IOException {
        say(message, versioned -> media.answer(id, versioned, offer));
    }

    /** As an offer in the middle of the session: the connection stays as it was made (RFC 6135 §4.2). */
    void offerAgain(SipServletMessage message, Setup connected) throws IOException {
        LocalMedia again = media.with(connected);
        say(message, versioned -> again.offer(id, versioned));
    }

    /** As the answer to one. */
    void answerAgain(SipServletMessage message, String offer, MessageMedia later, Setup connected) throws IOException {
        LocalMedia fitting = media.with(media.terms().direction().answering(later.direction()));
        LocalMedia again = later.setup().isEmpty() ? fitting.withoutSetup() : fitting.with(connected);
        say(message, versioned -> again.answer(id, versioned, offer));
    }

    private void say(SipServletMessage message, LongFunction<String> text) throws IOException {
        String sdp;
        synchronized (this) {
            String unversioned = text.apply(0);
            if (!unversioned.equals(said)) {
                said = unversioned;
                version++;
            }
            sdp = text.apply(version);
        }
        message.setContent(sdp.getBytes(StandardCharsets.UTF_8), "application/sdp");
    }
}
