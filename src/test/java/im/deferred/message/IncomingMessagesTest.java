package im.deferred.message;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.await;
import static im.deferred.message.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.Database;
import im.deferred.core.AddressRange;
import im.deferred.core.Aor;
import im.deferred.core.SipIpCore;
import im.deferred.core.TestClock;
import im.deferred.message.IncomingMessages.Way;
import jakarta.persistence.EntityManagerFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IncomingMessagesTest {

    private static final String COMPOSING = "application/im-iscomposing+xml; charset=UTF-8";

    private record Told(Aor recipient, int status) {}

    private static final class TestOutlet implements Outlet {
        private final Set<Aor> open = ConcurrentHashMap.newKeySet();
        private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();

        @Override
        public boolean isOpen(Aor recipient) {
            return open.contains(recipient);
        }

        @Override
        public void deferred(Aor recipient, int status) {
            told.add(new Told(recipient, status));
        }
    }

    private final JdbcConnectionPool database =
            JdbcConnectionPool.create("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "sa", "");
    private final CommitProbe probe = new CommitProbe();
    private final EntityManagerFactory entities = Database.open(probe.around(database));
    private final TestClock clock = new TestClock();
    private final MessageStore store = new MessageStore(
            entities, clock, new MessageStore.Limits(2, 100, 1, 1 << 20, 1, 1 << 20, Duration.ofMinutes(5)));
    private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);
    private final Set<Aor> registered = ConcurrentHashMap.newKeySet();
    private final TestOutlet outlet = new TestOutlet();
    private final SipDouble container = new SipDouble();
    private final SipDouble.Request request =
            new SipDouble.Request().body("text/plain", "Hello".getBytes(StandardCharsets.UTF_8));

    private IncomingMessages messages(Duration noAnswer) {
        SipIpCore core = new SipIpCore(
                container.factory(),
                "sip:127.0.0.1:5060;lr",
                List.of(AddressRange.parse("127.0.0.1")),
                Set.of("example.test"),
                "sip:im-server@example.test",
                "test/1");
        return new IncomingMessages(
                core,
                store,
                registered::contains,
                outlet,
                timers,
                timers,
                clock,
                new IncomingMessages.Limits(100, Duration.ofDays(30), noAnswer, "im.example.test"));
    }

    private void arrives() {
        messages(Duration.ofHours(1)).arrived(request.api(), "message");
    }

    private SipDouble.Request forwarded() throws InterruptedException {
        SipDouble.Request forwarded = container.created.poll(10, TimeUnit.SECONDS);
        assertThat(forwarded.sends.poll(10, TimeUnit.SECONDS)).isNotNull();
        return forwarded;
    }

    private void comesBack(SipDouble.Request forwarded, int status) {
        messages(Duration.ofHours(1))
                .answered(forwarded.answeredWith(status, "Reason " + status, Map.of("Retry-After", "9")));
    }

    @AfterEach
    void close() {
        timers.shutdownNow();
        store.close();
        entities.close();
        database.dispose();
    }

    @Test
    void forAUserWhoIsAwayItIsStoredThenAccepted() throws InterruptedException {
        probe.holdCommits();
        arrives();
        probe.awaitCommit();
        assertThat(request.answers).isEmpty();
        probe.releaseCommits();

        assertThat(request.answer().status()).isEqualTo(202);
        assertThat(outlet.told.poll(10, TimeUnit.SECONDS)).isEqualTo(new Told(BOB, 0));
        assertThat(store.waiting(BOB, 0, 10))
                .extracting(DeferredMessage::callId)
                .containsExactly("c1@client");
        assertThat(container.created).isEmpty();
    }

    @Test
    void aFailedCommitIsAnErrorAndNoRow() throws InterruptedException {
        probe.failCommits(true);
        arrives();

        assertThat(request.answer().status()).isEqualTo(500);
        assertThat(store.countWaiting()).isZero();
        assertThat(outlet.told).isEmpty();
    }

    @Test
    void aFullStoreAsksToComeBack() throws InterruptedException {
        probe.holdCommits();
        var first = store.store(message(BOB, "first"));
        probe.awaitCommit();
        var second = store.store(message(BOB, "second"));
        arrives();

        SipDouble.Sent answer = request.answer();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.headers()).containsKey("Retry-After");
        probe.releaseCommits();
        await(first);
        await(second);
    }

    @Test
    void aCopyIsAcceptedAgainAndStoredOnce() throws InterruptedException {
        arrives();
        assertThat(request.answer().status()).isEqualTo(202);
        arrives();
        assertThat(request.answer().status()).isEqualTo(202);
        assertThat(store.countWaiting()).isEqualTo(1);
    }

    @Test
    void overQuotaIsRefusedWithAWarning() throws InterruptedException {
        await(store.store(message(BOB, "first")));
        await(store.store(message(BOB, "second")));
        arrives();

        SipDouble.Sent answer = request.answer();
        assertThat(answer.status()).isEqualTo(480);
        assertThat(answer.headers().get("Warning"))
                .containsExactly("399 im.example.test \"2 messages wait for the recipient already\"");
    }

    @Test
    void overTheQuotaOfOctetsIsRefusedWithAnotherWarning() throws InterruptedException {
        await(store.store(message(BOB, "first", new byte[96])));
        arrives();

        SipDouble.Sent answer = request.answer();
        assertThat(answer.status()).isEqualTo(480);
        assertThat(answer.headers().get("Warning"))
                .containsExactly(
                        "399 im.example.test \"with this one more than 100 octets would wait for the recipient\"");
    }

    @Test
    void onlyTheCoreIsBelieved() throws InterruptedException {
        request.remote = "192.0.2.1";
        arrives();
        assertThat(request.answer().status()).isEqualTo(403);
        assertThat(store.countWaiting()).isZero();
    }

    @Test
    void anUnknownDomainIsNotFound() throws InterruptedException {
        request.requestUri = "sip:bob@elsewhere.test";
        arrives();
        assertThat(request.answer().status()).isEqualTo(404);
    }

    @Test
    void aLargeBodyIsRefused() throws InterruptedException {
        request.body("text/plain", new byte[101]);
        arrives();
        assertThat(request.answer().status()).isEqualTo(413);
        request.body("text/plain", new byte[100]);
        arrives();
        assertThat(request.answer().status()).isEqualTo(202);
    }

    @Test
    void whoIsThereGetsItWithHeadersAndBody() throws InterruptedException {
        registered.add(BOB);
        request.header("P-Asserted-Identity", "<sip:alice@example.test>").header("Subject", "Lunch");
        arrives();

        SipDouble.Request forwarded = forwarded();
        assertThat(forwarded.headers)
                .isEqualTo(Map.of(
                        "P-Asserted-Identity", List.of("<sip:alice@example.test>"), "Subject", List.of("Lunch")));
        assertThat(forwarded.body).asString().isEqualTo("Hello");
        assertThat(forwarded.contentType).isEqualTo("text/plain");
        assertThat(forwarded.maxForwards).isEqualTo(69);
        assertThat(forwarded.handler).isEqualTo("message");
        assertThat(request.answers).isEmpty();

        comesBack(forwarded, 200);
        assertThat(request.answer().status()).isEqualTo(200);
        assertThat(store.countWaiting()).isZero();
    }

    @Test
    void aRefusalGoesBackAsItIs() throws InterruptedException {
        registered.add(BOB);
        arrives();
        comesBack(forwarded(), 415);

        SipDouble.Sent answer = request.answer();
        assertThat(answer.status()).isEqualTo(415);
        assertThat(answer.reason()).isEqualTo("Reason 415");
        assertThat(answer.headers()).containsEntry("Retry-After", List.of("9"));
        assertThat(store.countWaiting()).isZero();
    }

    @Test
    void aUserWhoCannotTakeItGetsItLater() throws InterruptedException {
        registered.add(BOB);
        arrives();
        comesBack(forwarded(), 486);

        assertThat(request.answer().status()).isEqualTo(202);
        assertThat(outlet.told.poll(10, TimeUnit.SECONDS)).isEqualTo(new Told(BOB, 486));
        assertThat(store.countWaiting()).isEqualTo(1);
    }

    @Test
    void silenceDefersAndALateSuccessWithdraws() throws InterruptedException {
        registered.add(BOB);
        messages(Duration.ZERO).arrived(request.api(), "message");
        SipDouble.Request forwarded = forwarded();
        assertThat(request.answer().status()).isEqualTo(202);
        assertThat(outlet.told.poll(10, TimeUnit.SECONDS)).isEqualTo(new Told(BOB, 408));
        assertThat(store.countWaiting()).isEqualTo(1);

        comesBack(forwarded, 200);
        await(store.hold(0, "only to wait for the deletion before it"));
        assertThat(store.countWaiting()).isZero();
        assertThat(request.answers).isEmpty();
    }

    @Test
    void inAnOpenSessionItGoesOutInOrder() throws InterruptedException {
        registered.add(BOB);
        outlet.open.add(BOB);
        arrives();

        assertThat(request.answer().status()).isEqualTo(202);
        assertThat(outlet.told.poll(10, TimeUnit.SECONDS)).isEqualTo(new Told(BOB, 0));
        assertThat(container.created).isEmpty();
    }

    @Test
    void typingIsNeverStored() throws InterruptedException {
        request.body(COMPOSING, new byte[] {'x'});
        arrives();
        assertThat(request.answer().status()).isEqualTo(200);

        registered.add(BOB);
        arrives();
        comesBack(forwarded(), 480);
        assertThat(request.answer().status()).isEqualTo(200);
        assertThat(store.countWaiting()).isZero();
    }

    @Test
    void c01_typingInsideCpimIsNeverStoredEither() throws InterruptedException {
        String head = "From: <im:a@x>\r\n\r\nContent-Type: ";
        request.body("message/CPIM", (head + COMPOSING + "\r\n\r\nx").getBytes(StandardCharsets.UTF_8));
        arrives();
        assertThat(request.answer().status()).isEqualTo(200);
        assertThat(store.countWaiting()).isZero();

        registered.add(BOB);
        arrives();
        comesBack(forwarded(), 480);
        assertThat(request.answer().status()).isEqualTo(200);
        assertThat(store.countWaiting()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r\nContent-Type: text/plain\r\n\r\nx", "\r\n\r\n", "no head"})
    void c01_whateverElseIsCpimIsStored(String body) throws InterruptedException {
        request.body("message/cpim", body.getBytes(StandardCharsets.UTF_8));
        arrives();
        assertThat(request.answer().status()).isEqualTo(202);
        assertThat(store.countWaiting()).isOne();
    }

    @Test
    void aMessageThatGoesRoundInCirclesEnds() throws InterruptedException {
        registered.add(BOB);
        request.maxForwards = 0;
        arrives();
        assertThat(request.answer().status()).isEqualTo(483);
    }

    @ParameterizedTest
    @CsvSource({
        "false, false, false, DEFER",
        "true, false, false, FORWARD",
        "true, true, false, DEFER",
        "false, true, false, DEFER",
        "false, false, true, DROP",
        "true, false, true, FORWARD",
        "true, true, true, FORWARD",
    })
    void theWayDependsOnWhoIsThere(boolean there, boolean open, boolean ofTheMoment, Way way) {
        assertThat(IncomingMessages.way(there, open, ofTheMoment)).isEqualTo(way);
    }
}
