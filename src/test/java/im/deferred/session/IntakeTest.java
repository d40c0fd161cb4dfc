package im.deferred.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import im.deferred.message.Spools;
import im.deferred.msrp.IncomingMessage;
import im.deferred.msrp.IncomingSink;
import im.deferred.msrp.MsrpRefusal;
import im.deferred.msrp.frame.MsrpHeaders;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IntakeTest {

    private static final int MAX_SIZE = 100;

    @TempDir
    Path directory;

    private final List<String> taken = new ArrayList<>();
    private final Deque<CompletableFuture<Void>> outcomes = new ArrayDeque<>();
    private final Deque<Runnable> work = new ArrayDeque<>();
    private int begun;
    private int settled;
    private boolean mayWait = true;
    private Intake intake;

    @BeforeEach
    void open() {
        Spools spools = new Spools(directory, new Spools.Limits(10, MAX_SIZE, 2 * MAX_SIZE));
        intake = new Intake(spools, MAX_SIZE, 2, work::add, new Intake.Taker() {
            @Override
            public void admit(IncomingMessage head) throws MsrpRefusal {
                if (head.contentType().equals("no/thanks")) {
                    throw new MsrpRefusal(415, "no");
                }
            }

            @Override
            public CompletionStage<Void> take(Arrived message) {
                taken.add(new String(message.body().octets(), UTF_8));
                message.close();
                CompletableFuture<Void> outcome = new CompletableFuture<>();
                outcomes.add(outcome);
                return outcome;
            }

            @Override
            public boolean mayWait() {
                return mayWait;
            }

            @Override
            public void begun() {
                begun++;
            }

            @Override
            public void settled() {
                settled++;
            }
        });
    }

    @Test
    void theAnswerFollowsWhatBecomesOfTheWholeMessage() throws MsrpRefusal {
        CompletionStage<Void> answer = send("hello, you");
        assertThat(taken).containsExactly("hello, you");
        assertThat(answer).isNotDone();
        assertThat(settled).isZero();

        outcomes.remove().complete(null);

        assertThat(answer).isCompleted();
        assertThat(begun).isEqualTo(1);
        assertThat(settled).isEqualTo(1);
    }

    @Test
    void piecesMayComeInAnyOrder() throws MsrpRefusal {
        IncomingSink sink = begin("text/plain", 20);
        write(sink, 10, "0123456789");
        write(sink, 0, "abcdefghij");
        sink.complete(20);
        run();

        assertThat(taken).containsExactly("abcdefghij0123456789");
    }

    @Test
    void theOrderStaysThoughOneIsRefused() throws MsrpRefusal {
        IncomingSink first = begin("text/plain", 3);
        IncomingSink second = begin("text/plain", 3);
        write(first, 0, "one");
        write(second, 0, "two");
        CompletionStage<Void> cutOff = first.complete(7);
        second.complete(3);
        run();

        assertThat(taken).containsExactly("two");
        assertThat(refusal(cutOff)).isEqualTo(408);
    }

    @Test
    void whenTooManyWaitNothingMoreIsRead() throws MsrpRefusal {
        send("one");
        send("two");
        IncomingSink third = begin("text/plain", 5);
        CompletionStage<Void> written = third.write(0, ByteBuffer.wrap("three".getBytes(UTF_8)));
        run();
        assertThat(written).isNotDone();

        outcomes.remove().complete(null);
        run();

        assertThat(written).isCompleted();
        third.complete(5);
        run();
        assertThat(taken).containsExactly("one", "two", "three");
    }

    /** The window of 2 has no say, the bound of 4 times as many has. */
    @Test
    void whereNobodyMayWaitMoreIsTakenUpToABound() throws MsrpRefusal {
        mayWait = false;
        for (int i = 0; i < 8; i++) {
            send("m" + i);
        }
        assertThat(taken).hasSize(8);
        assertThat(intake.isFull()).isTrue();
        assertThatExceptionOfType(MsrpRefusal.class)
                .isThrownBy(() -> begin("text/plain", 1))
                .returns(408, MsrpRefusal::status);
        assertThat(begun).isEqualTo(8);

        outcomes.remove().complete(null);

        send("again");
        assertThat(taken).hasSize(9);
    }

    @Test
    void whatIsHalfDoesNotHoldUpOthers() throws MsrpRefusal {
        for (int i = 0; i < 5; i++) {
            write(begin("text/plain", 8), 0, "half");
        }

        send("whole");

        assertThat(taken).containsExactly("whole");
    }

    @Test
    void refusalsSayHow() throws MsrpRefusal {
        CompletionStage<Void> refused = send("no");
        outcomes.remove().completeExceptionally(new MsrpRefusal(403, "never"));
        assertThat(refusal(refused)).isEqualTo(403);

        CompletionStage<Void> failed = send("no");
        outcomes.remove().completeExceptionally(new IllegalStateException("the database is gone"));
        assertThat(refusal(failed)).isEqualTo(408);
        assertThat(settled).isEqualTo(2);
    }

    @Test
    void whatIsNotWantedNeverBegins() {
        assertThatExceptionOfType(MsrpRefusal.class)
                .isThrownBy(() -> begin("no/thanks", 1))
                .returns(415, MsrpRefusal::status);
        assertThatExceptionOfType(MsrpRefusal.class)
                .isThrownBy(() -> begin("text/plain", MAX_SIZE + 1))
                .returns(413, MsrpRefusal::status);
        assertThat(begun).isZero();
    }

    @Test
    void whatGrowsTooLargeIsStopped() throws MsrpRefusal {
        IncomingSink sink = begin("text/plain", -1);
        CompletionStage<Void> written = sink.write(MAX_SIZE - 1, ByteBuffer.wrap(new byte[2]));
        run();

        assertThat(refusal(written)).isEqualTo(413);
        sink.abort("refused");
        run();
        assertThat(settled).isEqualTo(1);
    }

    @Test
    void whatThereIsNoRoomForMayBeSentAgain() throws MsrpRefusal {
        write(begin("text/plain", MAX_SIZE), 0, "x".repeat(MAX_SIZE));
        write(begin("text/plain", MAX_SIZE), 0, "x".repeat(MAX_SIZE));
        IncomingSink third = begin("text/plain", 1);
        CompletionStage<Void> written = third.write(0, ByteBuffer.wrap(new byte[1]));
        run();

        assertThat(refusal(written)).isEqualTo(408);
    }

    private IncomingSink begin(String type, long length) throws MsrpRefusal {
        return intake.begin(new IncomingMessage("m123", type, length, new MsrpHeaders()));
    }

    private CompletionStage<Void> send(String text) throws MsrpRefusal {
        IncomingSink sink = begin("text/plain", text.length());
        write(sink, 0, text);
        CompletionStage<Void> answer = sink.complete(text.length());
        run();
        return answer;
    }

    private void write(IncomingSink sink, long offset, String text) {
        CompletionStage<Void> written = sink.write(offset, ByteBuffer.wrap(text.getBytes(UTF_8)));
        run();
        assertThat(written).isCompleted();
    }

    private void run() {
        while (!work.isEmpty()) {
            work.remove().run();
        }
    }

    private static int refusal(CompletionStage<Void> stage) {
        try {
            stage.toCompletableFuture().join();
        } catch (CompletionException e) {
            return ((MsrpRefusal) e.getCause()).status();
        }
        throw new AssertionError("it was not refused");
    }
}
