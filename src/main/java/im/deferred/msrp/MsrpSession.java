package im.deferred.msrp;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One MSRP session. Skeleton of the signatures. */
public final class MsrpSession {
    private final MsrpUri local;
    private final List<MsrpUri> remotePath;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    MsrpSession(MsrpUri local, List<MsrpUri> remotePath) {
        this.local = local;
        this.remotePath = List.copyOf(remotePath);
    }

    public MsrpUri local() {
        return local;
    }

    public List<MsrpUri> remotePath() {
        return remotePath;
    }

    public CompletionStage<Void> ready() {
        return ready;
    }

    public CompletionStage<Delivery> send(OutgoingMessage message) {
        return CompletableFuture.completedFuture(new Delivery.Lost("not connected"));
    }

    public CompletionStage<Void> closed() {
        return closed;
    }

    public void answered(java.util.List<MsrpUri> path, Role role, java.time.Duration timeout) {}

    public void close() {
        closed.complete(null);
    }
}
