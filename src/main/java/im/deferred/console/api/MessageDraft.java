package im.deferred.console.api;

import im.deferred.core.Aor;
import im.deferred.message.Spool;
import im.deferred.message.Submission;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A message as its members come; its body goes straight into a spool. */
final class MessageDraft {

    private static final Pattern CHARSET = Pattern.compile("; *charset=\"?([^\";]*)", Pattern.CASE_INSENSITIVE);

    private final Spool spool;
    private long length;
    private Aor sender;
    private Aor recipient;
    private String contentType;
    private boolean text;
    private boolean octets;
    private Optional<String> subject = Optional.empty();
    private Optional<Duration> expires = Optional.empty();

    MessageDraft(Spool spool) {
        this.spool = spool;
    }

    /** What to do with each member. */
    Map<String, JsonReader.Member> members() {
        return Map.of(
                "sender", value -> sender = value.text(Aor.MAX_LENGTH, Aor::new),
                "recipient", value -> recipient = value.text(Aor.MAX_LENGTH, Aor::new),
                "contentType",
                        value -> contentType = value.text(Submission.MAX_CONTENT_TYPE, Submission::requireContentType),
                "subject",
                        value -> subject = Optional.of(value.text(Submission.MAX_SUBJECT, Submission::requireSubject)),
                "expires", value -> expires = Optional.of(Duration.ofSeconds(value.number(1, Integer.MAX_VALUE))),
                "body",
                        value -> {
                            requireFirst("body");
                            text = true;
                            value.text(new IntoSpool());
                        },
                "bodyBase64",
                        value -> {
                            requireFirst("bodyBase64");
                            octets = true;
                            value.octets(new IntoSpool());
                        });
    }

    /**
     * The whole of it, when all members have come.
     *
     * @throws Problem 422 if something is missing, or does not go with something else
     */
    Submission submission(Optional<String> key) {
        require("sender", sender != null);
        require("recipient", recipient != null);
        require("contentType", contentType != null);
        require("body", text || octets);
        if (text && !isUtf8(contentType)) {
            throw Problem.invalid("contentType", "body goes out in UTF-8; what is not belongs into bodyBase64");
        }
        return new Submission(sender, recipient, contentType, spool.whole(length), subject, expires, key);
    }

    private static boolean isUtf8(String contentType) {
        Matcher charset = CHARSET.matcher(contentType);
        return !charset.find() || charset.group(1).equalsIgnoreCase("UTF-8");
    }

    private void requireFirst(String member) {
        if (text || octets) {
            throw Problem.invalid(member, "a message has one of body and bodyBase64");
        }
    }

    private static void require(String member, boolean there) {
        if (!there) {
            throw Problem.invalid(member, "is missing");
        }
    }

    /** Writes to the spool, octet after octet. */
    private final class IntoSpool extends OutputStream {

        @Override
        public void write(int octet) {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int count) {
            spool.write(length, ByteBuffer.wrap(from, offset, count));
            length += count;
        }
    }
}
