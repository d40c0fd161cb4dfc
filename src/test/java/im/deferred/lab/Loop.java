package im.deferred.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** One daemon thread that serves every socket and every timer of the lab. */
public final class Loop implements AutoCloseable {

    private static final Duration CALL_LIMIT = Duration.ofSeconds(20);

    /** What is done when a channel can be read, written, accepted from or is connected. */
    @FunctionalInterface
    interface Ready {
        void ready(SelectionKey key) throws IOException;
    }

    /** A thing to do later; on the loop's thread only. */
    static final class Timer {
        private final long due;
        private final Runnable task;
        private boolean cancelled;

        private Timer(long due, Runnable task) {
            this.due = due;
            this.task = task;
        }

        void cancel() {
            cancelled = true;
        }
    }

    private final Selector selector;
    private final Consumer<Exception> failures;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>((one, other) -> Long.signum(one.due - other.due)); // nanoTime may wrap
    private final Thread thread;
    private volatile boolean closed;

    /** Starts the thread; what a handler throws goes to {@code failures} and does not stop the others. */
    Loop(String name, Consumer<Exception> failures) {
        this.failures = failures;
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Runs the task on the loop's thread, soon. */
    void execute(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    /** Runs the task on the loop's thread and returns what it gives, or throws what it throws. */
    <T> T call(Supplier<T> task) {
        if (Thread.currentThread() == thread || closed) {
            return task.get();
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        execute(() -> {
            try {
                result.complete(task.get());
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return join(result, CALL_LIMIT);
    }

    /** {@link #call(Supplier)} for what gives nothing. */
    void run(Runnable task) {
        call(() -> {
            task.run();
            return true;
        });
    }

    /** Waits for the result, at most so long. */
    static <T> T join(CompletableFuture<T> result, Duration limit) {
        try {
            return result.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting", e);
        } catch (TimeoutException e) {
            throw new AssertionError("nothing within " + limit, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        }
    }

    /** Runs the task after the delay. Only on the loop's thread. */
    Timer after(Duration delay, Runnable task) {
        Timer timer = new Timer(System.nanoTime() + delay.toNanos(), task);
        timers.add(timer);
        return timer;
    }

    /** Serves the channel from now on. Only on the loop's thread. */
    SelectionKey register(SelectableChannel channel, int operations, Ready ready) {
        try {
            channel.configureBlocking(false);
            return channel.register(selector, operations, ready);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run() {
        while (!closed) {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                guarded(task);
            }
            long wait = runDueTimers();
            if (!closed && tasks.isEmpty()) {
                select(wait);
            }
        }
    }

    /** Runs what is due and returns the milliseconds to the next timer, 0 for none. */
    private long runDueTimers() {
        while (!timers.isEmpty()) {
            Timer next = timers.peek();
            long left = next.due - System.nanoTime();
            if (!next.cancelled && left > 0) {
                return TimeUnit.NANOSECONDS.toMillis(left) + 1;
            }
            timers.poll();
            if (!next.cancelled) {
                guarded(next.task);
            }
        }
        return 0;
    }

    private void select(long wait) {
        try {
            selector.select(wait);
        } catch (IOException e) {
            failures.accept(e);
            return;
        }
        List<SelectionKey> keys = new ArrayList<>(selector.selectedKeys());
        selector.selectedKeys().clear();
        // Datagrams first: an ACK that was sent before a SEND is then also seen before it.
        keys.sort(Comparator.comparing(key -> !(key.channel() instanceof DatagramChannel)));
        for (SelectionKey key : keys) {
            guarded(() -> serve(key));
        }
    }

    private void serve(SelectionKey key) {
        try {
            ((Ready) key.attachment()).ready(key);
        } catch (ClosedChannelException | CancelledKeyException e) {
            key.cancel(); // closed by a handler that ran before it in this round
        } catch (IOException e) {
            failures.accept(e);
        }
    }

    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            failures.accept(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        if (Thread.currentThread() != thread) {
            try {
                thread.join(CALL_LIMIT.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        try {
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        } catch (IOException e) {
            failures.accept(e);
        }
    }
}
