package im.deferred.message;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.CAROL;
import static im.deferred.message.Messages.await;
import static im.deferred.registration.FakeSip.core;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.deferred.app.TestDatabase;
import im.deferred.core.Aor;
import im.deferred.core.TestClock;
import im.deferred.message.Submitted.Accepted;
import im.deferred.message.Submitted.Refused;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Once for each key means once for all nodes and all times that the key is known. */
class SubmissionsTest {

    private static final Duration LIFETIME = Duration.ofDays(30);
    private static final Outlet NOBODY = new Outlet() {
        @Override
        public boolean isOpen(Aor recipient) {
            return false;
        }

        @Override
        public void deferred(Aor recipient, int status) {}
    };

    private final TestDatabase database = new TestDatabase();
    private final TestClock clock = new TestClock();
    private final MessageStore store = node();
    private final Inventory inventory = new Inventory(database.entities(), clock);

    @AfterEach
    void close() {
        store.close();
        database.close();
    }

    @Test
    void aKeyIsKnownAfterARestart() {
        Submitted first = on(store).submit(hello(BOB, "k"));
        store.close();

        try (MessageStore restarted = node()) {
            assertThat(on(restarted).submit(hello(BOB, "k"))).isEqualTo(first);
            assertThat(on(restarted).submit(hello(CAROL, "k")))
                    .isInstanceOfSatisfying(
                            Refused.class,
                            refused -> assertThat(refused.reason()).isEqualTo(Refused.Reason.KEY_TAKEN));
        }
        assertThat(all()).hasSize(1);
    }

    @Test
    void aKeyIsKnownOnEveryNode() {
        Submitted first = on(store).submit(hello(BOB, "k"));
        await(store.delete(((Accepted) first).id()));

        try (MessageStore another = node()) {
            assertThat(on(another).submit(hello(BOB, "k"))).isEqualTo(first);
        }
        assertThat(all()).isEmpty();
    }

    /** Where both look before the other has written, one of them fails, and finds the other's message when it is asked again. */
    @Test
    void twoNodesThatAreAskedAtOnceStoreOnce() {
        try (MessageStore another = node()) {
            for (int round = 0; round < 20; round++) {
                String key = "k" + round;
                List<CompletableFuture<Submitted>> asked = Stream.of(store, another)
                        .flatMap(each -> IntStream.range(0, 2).mapToObj(i -> each))
                        .map(each -> CompletableFuture.supplyAsync(() -> untilAnswered(on(each), key)))
                        .toList();

                assertThat(asked.stream().map(Messages::await).distinct()).hasSize(1);
            }
        }
        assertThat(all()).hasSize(20);
    }

    private static Submitted untilAnswered(Submissions submissions, String key) {
        for (int attempt = 1; ; attempt++) {
            try {
                return submissions.submit(hello(BOB, key));
            } catch (RuntimeException e) {
                if (attempt == 5) {
                    throw e;
                }
            }
        }
    }

    @Test
    void twoKeysInOneBatchAreTwoMessages() {
        List<CompletableFuture<Submitted>> asked = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> on(store).submit(hello(BOB, "k" + i % 4))))
                .toList();

        assertThat(asked.stream().map(Messages::await).distinct()).hasSize(4);
        assertThat(all()).hasSize(4);
    }

    @Test
    void aStoreThatDoesNotWriteIsNoAnswer() {
        store.close();

        assertThatThrownBy(() -> on(store).submit(hello(BOB, "k"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aMessageLivesAsLongAsItsSenderAsksAndTheServerAllows() {
        on(store).submit(expiring(Duration.ofHours(1)));
        on(store).submit(expiring(LIFETIME.plusDays(1)));

        assertThat(all())
                .extracting(stored -> stored.message().expiresAt())
                .containsExactly(TestClock.START.plus(Duration.ofHours(1)), TestClock.START.plus(LIFETIME));
    }

    @Test
    void aSubmissionIsWhole() {
        for (String type : List.of(
                "",
                "text",
                "text/",
                "/plain",
                "*/*",
                "text/plain;",
                "text/plain;a",
                "text/plain;a=\"",
                "a/b\r\nc: d")) {
            assertThatIllegalArgumentException().as(type).isThrownBy(() -> Submission.requireContentType(type));
        }
        for (String type : List.of("text/plain", "a/b;c=d", "A/b+xml ; c=\"d \\\" ;e\";f=g")) {
            assertThat(Submission.requireContentType(type)).isEqualTo(type);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> Submission.requireSubject("a\rb"));
        assertThatIllegalArgumentException().isThrownBy(() -> expiring(Duration.ofMillis(999)));
        assertThatIllegalArgumentException().isThrownBy(() -> hello(BOB, ""));
        assertThatIllegalArgumentException().isThrownBy(() -> hello(BOB, "k".repeat(Submission.MAX_KEY + 1)));
    }

    private MessageStore node() {
        return new MessageStore(database.entities(), clock, MessageStore.Limits.of(100, 1 << 20));
    }

    private Submissions on(MessageStore node) {
        return new Submissions(
                core(Set.of("127.0.0.1"), Set.of("example.test")), node, NOBODY, clock, LIFETIME, "im.example.test");
    }

    private List<StoredMessage> all() {
        return inventory.list(new Inventory.Query(Optional.empty(), Optional.empty(), 0, 100));
    }

    private static Submission hello(Aor recipient, String key) {
        return new Submission(
                new Aor("sip:alice@example.test"),
                recipient,
                "text/plain",
                Body.of("Hello".getBytes(UTF_8)),
                Optional.empty(),
                Optional.empty(),
                Optional.of(key));
    }

    private static Submission expiring(Duration expires) {
        return new Submission(
                new Aor("sip:alice@example.test"),
                BOB,
                "text/plain",
                Body.of(new byte[0]),
                Optional.empty(),
                Optional.of(expires),
                Optional.empty());
    }
}
