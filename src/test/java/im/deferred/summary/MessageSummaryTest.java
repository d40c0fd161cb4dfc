package im.deferred.summary;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.core.Aor;
import im.deferred.message.MessageCounts;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MessageSummaryTest {

    private static final Aor BOB = new Aor("sip:bob@example.test");

    /** RFC 3842 §5.2. */
    @Test
    void newAndOldAreWaitingAndHeld() {
        assertThat(summary(2, 1, 8, 3))
                .hasToString("Messages-Waiting: yes\r\n"
                        + "Message-Account: sip:bob@example.test\r\n"
                        + "Text-Message: 2/8 (1/3)\r\n");
    }

    @Test
    void heldOnesAloneDoNotLightTheLamp() {
        assertThat(summary(0, 0, 8, 3).toString()).startsWith("Messages-Waiting: no\r\n");
    }

    private static MessageSummary summary(long waiting, long urgentWaiting, long held, long urgentHeld) {
        return new MessageSummary(BOB, new MessageCounts(waiting, urgentWaiting, held, urgentHeld, Optional.empty()));
    }
}
