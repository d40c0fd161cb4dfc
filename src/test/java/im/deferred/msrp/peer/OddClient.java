package im.deferred.msrp.peer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A client as people have them: it works, but for one {@link Oddity}. It has one session on one connection, and closes the connection at
 * what it cannot stand. A thread of its own reads; every method may be called by any thread.
 */
public final class OddClient extends Peer {
    /** What is odd about it. */
    public enum Oddity {
        /** Takes its time to answer, and cannot stand a second SEND meanwhile. */
        ONE_SEND_AT_A_TIME,
        /** Has one buffer, into which it puts the chunks of all messages. */
        ONE_BUFFER,
        /** Takes each chunk for a message. */
        NO_REASSEMBLY,
        /** When connected to, cannot stand a first SEND that has content. */
        EMPTY_SEND_FIRST,
        /** Cannot stand a SEND without content. */
        NO_EMPTY_SEND,
        /** Answers a REPORT with 200. */
        ANSWERS_REPORTS,
        /** Answers {@code 200}, without {@code OK}. */
        NO_REASON_PHRASE,
        /** Sends chunks of 2,048 octets. */
        CHUNKS_OF_2048,
        /** Takes every REPORT for a failure that it cannot stand. */
        REPORT_IS_ERROR,
        /** Takes whatever comes, whomever it is to. */
        IGNORES_TO_PATH,
        /** Takes only what is for the session that its connection began with. */
        ONE_SESSION_PER_CONNECTION
    }

    private static final int SHORT_CHUNK = 2048;
    private static final int CHUNK = 8192;
    private static final int ANSWER_MILLIS = 100;

    private final Oddity oddity;
    private final String local;
    private final String remote;
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> reports = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> over = new CompletableFuture<>();
    private final Map<String, CompletableFuture<Integer>> answers = new ConcurrentHashMap<>();
    private final Map<String, ByteArrayOutputStream> buffers = new HashMap<>();
    private final Executor later;
    private int count;
    private boolean first = true;
    private boolean answering;

    /**
     * Reads from now on.
     *
     * @param channel connected, in blocking mode
     * @param local URI of this end
     * @param remote URI of the peer's end
     */
    public OddClient(Oddity oddity, SocketChannel channel, String local, String remote) throws IOException {
        this(oddity, channel, local, remote, CompletableFuture.delayedExecutor(ANSWER_MILLIS, TimeUnit.MILLISECONDS));
    }

    /** The same, where one that takes its time to answer does so on that executor. */
    public OddClient(Oddity oddity, SocketChannel channel, String local, String remote, Executor later)
            throws IOException {
        super(channel);
        this.later = later;
        this.oddity = oddity;
        this.local = local;
        this.remote = remote;
        Thread reader = new Thread(this::serve, "odd-client");
        reader.setDaemon(true);
        reader.start();
    }

    /** The messages with content that came, as it takes them. */
    public BlockingQueue<String> received() {
        return received;
    }

    /** The Status of each REPORT that came. */
    public BlockingQueue<String> reports() {
        return reports;
    }

    /** Completes when the connection is closed, with the reason. */
    public CompletionStage<String> over() {
        return over;
    }

    /**
     * Sends a message in chunks.
     *
     * @return completes with the status of each chunk
     */
    public synchronized CompletionStage<List<Integer>> send(String text, boolean successReport) throws IOException {
        byte[] content = text.getBytes(StandardCharsets.US_ASCII);
        String messageId = nextId();
        int chunk = oddity == Oddity.CHUNKS_OF_2048 ? SHORT_CHUNK : CHUNK;
        List<CompletableFuture<Integer>> statuses = new ArrayList<>();
        for (int start = 0; start < content.length; start += chunk) {
            int end = Math.min(start + chunk, content.length);
            String id = nextId();
            CompletableFuture<Integer> status = new CompletableFuture<>();
            statuses.add(status);
            answers.put(id, status);
            write("MSRP " + id + " SEND\r\nTo-Path: " + remote + "\r\nFrom-Path: " + local + "\r\nMessage-ID: "
                    + messageId + "\r\nByte-Range: " + (start + 1) + "-" + (chunk > SHORT_CHUNK ? "*" : end) + "/"
                    + content.length + "\r\n" + (successReport ? "Success-Report: yes\r\n" : "")
                    + "Content-Type: text/plain\r\n\r\n" + text.substring(start, end) + "\r\n-------" + id
                    + (end == content.length ? "$\r\n" : "+\r\n"));
        }
        flush();
        first = false;
        return CompletableFuture.allOf(statuses.toArray(CompletableFuture<?>[]::new))
                .thenApply(all -> statuses.stream().map(CompletableFuture::join).toList());
    }

    private String nextId() {
        return String.format("odd%08x", count++);
    }

    private void serve() {
        try (this) {
            while (!over.isDone() && awaitFrame()) {
                take();
            }
            over.complete("closed by the peer");
        } catch (IOException e) {
            over.complete(e.toString());
        }
    }

    private synchronized void take() throws IOException {
        if (in.isSend()) {
            takeSend();
        } else if (in.status() == 0) {
            takeReport();
        } else {
            CompletableFuture<Integer> status = answers.remove(in.id());
            if (status != null) {
                status.complete(in.status());
            }
        }
        flush();
    }

    private void takeSend() throws IOException {
        if (oddity == Oddity.EMPTY_SEND_FIRST && first && in.hasBody()) {
            over.complete("first SEND with content");
        } else if (oddity == Oddity.NO_EMPTY_SEND && !in.hasBody()) {
            over.complete("SEND without content");
        } else if (oddity == Oddity.ONE_SEND_AT_A_TIME && answering) {
            over.complete("second SEND");
        } else if (oddity != Oddity.IGNORES_TO_PATH && !in.header("To-Path").equals(local)) {
            write(answer("481 No such session"));
        } else {
            keep();
            answer();
        }
        first = false;
    }

    private void keep() throws IOException {
        if (!in.hasBody() || oddity == Oddity.NO_REASSEMBLY) {
            if (in.hasBody()) {
                received.add(text(in.body()));
            }
            return;
        }
        String buffer = oddity == Oddity.ONE_BUFFER ? "" : in.header("Message-ID");
        ByteArrayOutputStream content = buffers.computeIfAbsent(buffer, key -> new ByteArrayOutputStream());
        content.write(in.body());
        if (in.flag() != '+') {
            buffers.remove(buffer);
        }
        if (in.flag() == '$') {
            received.add(text(content.toByteArray()));
        }
    }

    private static String text(byte[] content) {
        return new String(content, StandardCharsets.US_ASCII);
    }

    private void answer() throws IOException {
        if (oddity == Oddity.ONE_SEND_AT_A_TIME) {
            answering = true;
            String answer = answer("200 OK");
            later.execute(() -> answerNow(answer));
        } else {
            write(answer(oddity == Oddity.NO_REASON_PHRASE ? "200" : "200 OK"));
        }
    }

    private synchronized void answerNow(String answer) {
        try {
            answering = false;
            write(answer);
            flush();
        } catch (IOException e) {
            over.complete(e.toString());
        }
    }

    private void takeReport() throws IOException {
        reports.add(in.header("Status"));
        if (oddity == Oddity.ANSWERS_REPORTS) {
            write(answer("200 OK"));
        } else if (oddity == Oddity.REPORT_IS_ERROR) {
            over.complete("REPORT");
        }
    }

    private String answer(String status) {
        return "MSRP " + in.id() + " " + status + "\r\n" + answerPaths() + "-------" + in.id() + "$\r\n";
    }
}
