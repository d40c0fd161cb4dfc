package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.frame.MsrpHeaders;
import im.deferred.msrp.frame.MsrpResponse;
import im.deferred.msrp.frame.MsrpSyntax;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TransactionsTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final AtomicLong clock = new AtomicLong(5);
    private final Transactions transactions = new Transactions(MsrpLimits.DEFAULTS, 1, clock::get);
    private final List<String> answers = new ArrayList<>();

    private void begin(String id) {
        transactions.begin(id, (status, comment) -> answers.add(id + " " + status));
    }

    private static MsrpResponse response(String id, int status) {
        return new MsrpResponse(id, status, "", "msrp://b:1/b;tcp", "msrp://a:1/a;tcp", new MsrpHeaders());
    }

    @Test
    void m02_idsAreIdentsAndDoNotRepeat() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            ids.add(transactions.newId());
        }
        assertThat(ids).doesNotHaveDuplicates().allMatch(MsrpSyntax::isIdent);
    }

    @Test
    void m17_thirtySecondsFromTheEndOfTheFrame() {
        begin("one1");
        Transactions.Batch batch = transactions.takeBatch();
        clock.addAndGet(20 * SECOND);
        begin("two2");
        transactions.sent(batch);
        transactions.sent(transactions.takeBatch());
        clock.addAndGet(30 * SECOND - 1);
        transactions.expire();
        assertThat(answers).isEmpty();
        clock.addAndGet(1);
        transactions.expire();
        assertThat(answers).containsExactly("one1 408", "two2 408");
    }

    @Test
    void anAnswerCountsOnce() {
        begin("one1");
        transactions.sent(transactions.takeBatch());
        transactions.answered(response("one1", 200));
        transactions.answered(response("one1", 413));
        clock.addAndGet(31 * SECOND);
        transactions.expire();
        assertThat(answers).containsExactly("one1 200");
    }
}
