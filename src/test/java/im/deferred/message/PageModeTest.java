package im.deferred.message;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.await;
import static im.deferred.message.Messages.failure;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.TestDatabase;
import im.deferred.core.AddressRange;
import im.deferred.core.ManualTimer;
import im.deferred.core.SipIpCore;
import im.deferred.core.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PageModeTest {

    private final TestDatabase database = new TestDatabase();
    private final TestClock clock = new TestClock();
    private final MessageStore store =
            new MessageStore(database.entities(), clock, MessageStore.Limits.of(1000, 10 << 20));
    private final ManualTimer timer = new ManualTimer();
    private final SipDouble container = new SipDouble();
    private final PageMode pages = new PageMode(
            new SipIpCore(
                    container.factory(),
                    "sip:127.0.0.1:5060;lr",
                    List.of(AddressRange.parse("127.0.0.1")),
                    Set.of("example.test"),
                    "sip:im-server@example.test",
                    "test/1"),
            store,
            timer);

    @AfterEach
    void close() {
        store.close();
        database.close();
    }

    @Test
    void itGoesOutAsTheOriginalWouldHaveGoneOn() throws Exception {
        CompletionStage<PageAnswer> answer = pages.send(stored(
                "Hello",
                new Header("P-Asserted-Identity", "<sip:alice@example.test>"),
                new Header("Privacy", "id"),
                new Header("Subject", "Lunch")));

        SipDouble.Request sent = container.created.remove();
        assertThat(sent.sends).hasSize(1);
        assertThat(sent.handler).isEqualTo("message");
        assertThat(sent.requestUri).isEqualTo("sip:bob@example.test");
        assertThat(sent.from).isEqualTo("\"Alice\" <sip:alice@example.test>");
        assertThat(sent.to).isEqualTo("<sip:bob@example.test>");
        assertThat(sent.callId).isEqualTo("made by the container");
        assertThat(sent.routes).containsExactly("sip:127.0.0.1:5060;lr");
        assertThat(sent.headers)
                .isEqualTo(Map.of(
                        "P-Asserted-Identity", List.of("<sip:alice@example.test>"),
                        "Privacy", List.of("id"),
                        "Subject", List.of("Lunch"),
                        "Date", List.of("Sun, 22 Nov 2026 08:05:03 GMT")));
        assertThat(sent.contentType).isEqualTo("text/plain;charset=UTF-8");
        assertThat(sent.body).asString(StandardCharsets.UTF_8).isEqualTo("Hello");

        ManualTimer.Alarm silence = timer.next();
        assertThat(PageMode.answered(sent.answeredWith(100, "Trying", Map.of())))
                .isTrue();
        assertThat(answer.toCompletableFuture()).isNotDone();
        assertThat(PageMode.answered(sent.answeredWith(503, "Busy", Map.of("Retry-After", "7"))))
                .isTrue();
        assertThat(await(answer)).isEqualTo(new PageAnswer(503, Optional.of(Duration.ofSeconds(7))));
        assertThat(silence.isCancelled()).isTrue();
    }

    @Test
    void aSendsOwnHeadersAreNotTakenForTheServers() throws Exception {
        SendHead send = Messages.send(
                "m1",
                "text/plain",
                new Header("P-Served-User", "<sip:boss@example.test>"),
                new Header("X-Note", "one"),
                new Header("Content-Disposition", "inline"));
        Body body = Body.of("Hello".getBytes(StandardCharsets.UTF_8));
        await(store.store(Messages.session(BOB).message(send, Messages.NOW, Duration.ofHours(1), body)));

        pages.send(store.waiting(BOB, 0, 1).get(0));

        SipDouble.Request sent = container.created.remove();
        assertThat(sent.from).isEqualTo("\"Alice\" <sip:alice@example.test>");
        assertThat(sent.headers)
                .isEqualTo(Map.of(
                        "P-Asserted-Identity", List.of("<sip:alice@example.test>"),
                        "Content-Disposition", List.of("inline"),
                        "Date", List.of("Sun, 22 Nov 2026 08:05:03 GMT")));
        assertThat(sent.contentType).isEqualTo("text/plain");
    }

    @Test
    void theDateOfTheOriginalStays() throws Exception {
        pages.send(stored("Hello", new Header("Date", "Sat, 21 Nov 2026 10:00:00 GMT")));

        assertThat(container.created.remove().headers.get("Date")).containsExactly("Sat, 21 Nov 2026 10:00:00 GMT");
    }

    @Test
    void aLargeOneLeavesOverTcp() throws Exception {
        pages.send(stored("x".repeat(1300)));

        assertThat(container.created.remove().routes).containsExactly("sip:127.0.0.1:5060;lr;transport=tcp");
    }

    @Test
    void noAnswerIsA408() throws Exception {
        CompletionStage<PageAnswer> answer = pages.send(stored("Hello"));

        ManualTimer.Alarm silence = timer.next();
        assertThat(silence.after()).isGreaterThan(Duration.ofSeconds(32));
        silence.run();

        assertThat(await(answer)).isEqualTo(new PageAnswer(408, Optional.empty()));
    }

    @Test
    void whatIsGoneOrTooLargeIsNotSent() {
        DeferredMessage gone = stored("Hello");
        await(store.delete(gone.id()));
        assertThat(failure(pages.send(gone))).hasMessage("gone from the store, or too large");
        assertThat(failure(pages.send(stored("x".repeat(PageMode.MAX_BODY + 1)))))
                .hasMessage("gone from the store, or too large");
        assertThat(container.created).isEmpty();
    }

    @Test
    void anAnswerToSomethingElseIsNotItsOwn() {
        assertThat(PageMode.answered(new SipDouble.Request().answeredWith(200, "OK", Map.of())))
                .isFalse();
    }

    private DeferredMessage stored(String body, Header... headers) {
        NewMessage plain = Messages.message(BOB, "c" + body.length(), body.getBytes(StandardCharsets.UTF_8));
        List<Header> all = new ArrayList<>(plain.headers());
        all.addAll(List.of(headers));
        await(store.store(new NewMessage(
                plain.recipient(),
                plain.sender(),
                plain.origin(),
                plain.callId(),
                plain.identity(),
                plain.receivedAt(),
                plain.expiresAt(),
                all,
                plain.contentType(),
                plain.body())));
        List<DeferredMessage> waiting = store.waiting(BOB, 0, 10);
        return waiting.get(waiting.size() - 1);
    }
}
