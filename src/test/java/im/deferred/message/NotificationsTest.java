package im.deferred.message;

import static im.deferred.message.Imdns.ALICE;
import static im.deferred.message.Imdns.HEADERS;
import static im.deferred.message.Imdns.cpim;
import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.NOW;
import static im.deferred.message.Messages.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.TestDatabase;
import im.deferred.core.AddressRange;
import im.deferred.core.Aor;
import im.deferred.core.SipIpCore;
import im.deferred.core.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which way notifications take (RFC 5438 §8), rules I3 and I4. */
class NotificationsTest {

    private static final String BOTH = "processing, negative-delivery";

    private final TestDatabase database = new TestDatabase();
    private final TestClock clock = new TestClock();
    private final MessageStore store =
            new MessageStore(database.entities(), clock, MessageStore.Limits.of(3, 10 << 20));
    private final ScheduledThreadPoolExecutor workers = new ScheduledThreadPoolExecutor(1);
    private final Set<Aor> registered = ConcurrentHashMap.newKeySet();
    private final Set<Aor> open = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final SipDouble container = new SipDouble();
    private Notifications notifications = notifications("127.0.0.1", 10, Duration.ofHours(1));

    private Notifications notifications(String trusted, int waiting, Duration noAnswer) {
        SipIpCore core = new SipIpCore(
                container.factory(),
                "sip:127.0.0.1:5060;lr",
                List.of(AddressRange.parse(trusted)),
                Set.of("example.test"),
                "sip:im-server@example.test",
                "test/1");
        Outlet outlet = new Outlet() {
            @Override
            public boolean isOpen(Aor recipient) {
                return open.contains(recipient);
            }

            @Override
            public void deferred(Aor recipient, int status) {
                told.add(recipient + " " + status);
            }
        };
        return new Notifications(
                core,
                store,
                registered::contains,
                outlet,
                workers,
                workers,
                clock,
                new Notifications.Limits(waiting, Duration.ofDays(30), noAnswer));
    }

    @AfterEach
    void close() {
        workers.shutdownNow();
        store.close();
        database.close();
    }

    private void stores(NewMessage message) {
        assertThat(await(store.store(message))).isInstanceOf(Stored.Kept.class);
    }

    /** What a message that asks for it brings about when it is given up. */
    private CompletionStage<Void> fails(String callId) {
        return fails(Imdns.message(callId, cpim("negative-delivery").replace("m1", callId)));
    }

    private CompletionStage<Void> fails(NewMessage message) {
        stores(message);
        DeferredMessage stored = store.waiting(BOB, 0, 100).stream()
                .filter(waiting -> waiting.callId().equals(message.callId()))
                .findFirst()
                .orElseThrow();
        return notifications.tell(notifications.failure(stored).orElseThrow());
    }

    private SipDouble.Request sent() throws InterruptedException {
        SipDouble.Request request = container.created.poll(10, TimeUnit.SECONDS);
        assertThat(request).as("a notification").isNotNull();
        assertThat(request.sends.poll(10, TimeUnit.SECONDS)).isNotNull();
        return request;
    }

    private static String text(SipDouble.Request request) {
        return new String(request.body, StandardCharsets.UTF_8);
    }

    /** What the servlet hands on when an answer comes. */
    private static void comesBack(SipDouble.Request request, int status) {
        ((Forwarding) request.sessionAttributes.get(IncomingMessages.FORWARDING)).answered(Answer.of(status));
    }

    /** All that was given to the workers before is done. */
    private void settle() {
        for (int i = 0; i < 3; i++) {
            await(CompletableFuture.runAsync(() -> {}, workers));
            await(store.hold(0, "only to wait for the changes before it"));
        }
    }

    private List<String> waitingForAlice() {
        return store.waiting(ALICE, 0, 100).stream()
                .map(message -> new String(store.read(message.id(), 0, 5000), StandardCharsets.UTF_8)
                        .replaceAll("(?s).*<message-id>(.*)</message-id>.*<status><(.*)/></status>.*", "$1 $2"))
                .toList();
    }

    @Test
    void i3_whoAskedIsToldThatTheMessageIsStored() throws InterruptedException {
        registered.add(ALICE);
        stores(Imdns.message("c1", cpim(BOTH)));

        SipDouble.Request request = sent();
        assertThat(request.requestUri).isEqualTo("sip:alice@example.test");
        assertThat(request.from).isEqualTo("sip:bob@example.test");
        assertThat(request.to).isEqualTo("sip:alice@example.test");
        assertThat(request.routes).hasSize(1);
        assertThat(request.headers)
                .containsEntry("P-Asserted-Identity", List.of("<sip:bob@example.test>"))
                .containsEntry("Auto-Submitted", List.of("auto-replied"))
                .containsKey("User-Agent");
        assertThat(request.contentType).isEqualTo("message/cpim");
        assertThat(request.handler).isEqualTo("message");
        assertThat(text(request)).contains("<message-id>m1</message-id>").contains("<stored/>");
        comesBack(request, 200);
        settle();
        assertThat(container.created).isEmpty();
        assertThat(store.anyWaiting(ALICE)).isFalse();
    }

    @Test
    void i3_whoDidNotAskIsNotTold() {
        registered.add(ALICE);
        stores(Imdns.message("c1", cpim("positive-delivery, display")));
        stores(Messages.message(BOB, "c2"));
        assertThat(store.waiting(BOB, 0, 10))
                .hasSize(2)
                .noneMatch(message -> notifications.failure(message).isPresent());

        settle();
        assertThat(container.created).isEmpty();
    }

    @Test
    void i3_aCopyIsNotToldAgain() throws InterruptedException {
        registered.add(ALICE);
        stores(Imdns.message("c1", cpim("processing")));
        comesBack(sent(), 200);
        assertThat(await(store.store(Imdns.message("c1", cpim("processing"))))).isInstanceOf(Stored.Copy.class);

        settle();
        assertThat(container.created).isEmpty();
    }

    @Test
    void i3_aSenderWhoIsAwayIsToldLater() throws InterruptedException {
        stores(Imdns.message("c1", cpim("processing")));

        assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("sip:alice@example.test 0");
        assertThat(waitingForAlice()).containsExactly("m1 stored");
        DeferredMessage notification = store.waiting(ALICE, 0, 1).get(0);
        assertThat(notification.sender()).isEqualTo("sip:bob@example.test");
        assertThat(notification.expiresAt()).isEqualTo(NOW.plus(Duration.ofDays(30)));
        assertThat(notification.header("Auto-Submitted")).contains("auto-replied");
        settle();
        assertThat(container.created).isEmpty();
        assertThat(told).isEmpty();
    }

    @Test
    void i3_inAnOpenSessionItGoesOutInOrder() throws InterruptedException {
        registered.add(ALICE);
        open.add(ALICE);
        stores(Imdns.message("c1", cpim("processing")));

        assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("sip:alice@example.test 0");
        assertThat(container.created).isEmpty();
    }

    /** RFC 3428 §8. */
    @Test
    void s1_oneAtATimeToEachSender() throws InterruptedException {
        registered.add(ALICE);
        CompletionStage<Void> first = fails("c1");
        CompletionStage<Void> second = fails("c2");

        SipDouble.Request request = sent();
        assertThat(text(request)).contains("<message-id>c1</message-id>").contains("<failed/>");
        settle();
        assertThat(container.created).as("before the first is answered").isEmpty();
        assertThat(first.toCompletableFuture()).isNotDone();

        comesBack(request, 202);
        await(first);
        SipDouble.Request next = sent();
        assertThat(text(next)).contains("<message-id>c2</message-id>");
        assertThat(second.toCompletableFuture()).isNotDone();
        comesBack(next, 200);
        await(second);
    }

    @Test
    void i3_whoCannotTakeItGetsItLaterAndWhatWaitsBehindItToo() throws InterruptedException {
        registered.add(ALICE);
        CompletionStage<Void> first = fails("c1");
        CompletionStage<Void> second = fails("c2");
        comesBack(sent(), 480);

        await(first);
        await(second);
        assertThat(waitingForAlice()).containsExactlyInAnyOrder("c1 failed", "c2 failed");
        assertThat(List.of(told.take(), told.take())).containsOnly("sip:alice@example.test 480");
        assertThat(container.created).isEmpty();

        comesBackLater();
    }

    /** The lane of that sender is free again. */
    private void comesBackLater() throws InterruptedException {
        await(store.delete(store.waiting(ALICE, 0, 1).get(0).id()));
        CompletionStage<Void> third = fails("c3");
        comesBack(sent(), 200);
        await(third);
    }

    @Test
    void i3_silenceDefersAndALateSuccessWithdraws() throws InterruptedException {
        notifications = notifications("127.0.0.1", 10, Duration.ZERO);
        registered.add(ALICE);
        await(fails("c1"));
        assertThat(waitingForAlice()).containsExactly("c1 failed");

        comesBack(sent(), 200);
        await(store.hold(0, "only to wait for the deletion before it"));
        assertThat(store.anyWaiting(ALICE)).isFalse();
    }

    @Test
    void i3_aRefusalThatIsForEverEndsIt() throws InterruptedException {
        registered.add(ALICE);
        CompletionStage<Void> failed = fails("c1");
        comesBack(sent(), 404);

        await(failed);
        assertThat(store.anyWaiting(ALICE)).isFalse();
    }

    @Test
    void i3_aStrangerIsToldThroughTheCoreOrNotAtAll() throws InterruptedException {
        String text = cpim("negative-delivery").replace("im:alice@example.test", "im:zoe@elsewhere.test");
        Aor zoe = new Aor("sip:zoe@elsewhere.test");
        CompletionStage<Void> failed =
                fails(Imdns.message("c1", text, zoe.uri(), List.of(), NOW.plus(Duration.ofMinutes(1))));

        SipDouble.Request request = sent();
        assertThat(request.requestUri).isEqualTo("sip:zoe@elsewhere.test");
        comesBack(request, 480);
        await(failed);
        assertThat(store.anyWaiting(zoe)).isFalse();
        assertThat(told).isEmpty();
    }

    @Test
    void i4_goesTheWayThatWasRecordedOrNotAtAll() throws InterruptedException {
        String route = "imdn.IMDN-Record-Route: <sip:list@lists.example.test>\r\nDateTime:";
        CompletionStage<Void> failed =
                fails(Imdns.message("c1", cpim("negative-delivery").replace("DateTime:", route)));

        SipDouble.Request request = sent();
        assertThat(request.requestUri).isEqualTo("sip:list@lists.example.test");
        assertThat(request.to).isEqualTo("sip:alice@example.test");
        comesBack(request, 503);
        await(failed);
        assertThat(store.anyWaiting(ALICE)).isFalse();
    }

    @Test
    void i3_overTheSendersQuotaItIsDropped() {
        for (int i = 0; i < 3; i++) {
            await(store.store(Messages.message(ALICE, "full" + i)));
        }
        await(fails("c1"));
        assertThat(waitingForAlice()).hasSize(3).doesNotContain("c1 failed");
    }

    @Test
    void moreThanMayWaitIsDeferredAtOnce() throws InterruptedException {
        notifications = notifications("127.0.0.1", 2, Duration.ofHours(1));
        registered.add(ALICE);
        CompletionStage<Void> first = fails("c1");
        CompletionStage<Void> second = fails("c2");
        await(fails("c3"));

        assertThat(waitingForAlice()).containsExactly("c3 failed");
        comesBack(sent(), 200);
        await(first);
        comesBack(sent(), 200);
        await(second);
    }

    @Test
    void i4_aNotificationThatIsStoredBringsAboutNothing() {
        await(fails("c1"));
        DeferredMessage notification = store.waiting(ALICE, 0, 1).get(0);

        assertThat(notifications.failure(notification)).isEmpty();
        settle();
        assertThat(store.countWaiting()).isEqualTo(2);
        assertThat(container.created).isEmpty();
    }

    @Test
    void s5_anUntrustedCoreIsToldNoAssertedIdentity() throws InterruptedException {
        notifications = notifications("192.0.2.1", 10, Duration.ofHours(1));
        registered.add(ALICE);
        fails("c1");

        assertThat(sent().headers).containsKey("Auto-Submitted").doesNotContainKey("P-Asserted-Identity");
    }

    @Test
    void i4_aFocusIsNotTold() {
        registered.add(ALICE);
        stores(Imdns.message(
                "c1",
                cpim(BOTH),
                ALICE.uri(),
                List.of(HEADERS.get(0), new Header("Contact", "<sip:room@example.test>;isfocus")),
                NOW.plus(Duration.ofMinutes(1))));

        settle();
        assertThat(container.created).isEmpty();
    }
}
