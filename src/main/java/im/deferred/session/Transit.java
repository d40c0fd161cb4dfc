package im.deferred.session;

import im.deferred.msrp.Delivery;
import im.deferred.msrp.MsrpRefusal;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * One message on its way to a user who is there: whether the user's word, or the silence, decides what its sender is told. A message
 * that the user has not confirmed is stored, and the sender's 200 follows the commit; one that is confirmed after that is withdrawn.
 */
final class Transit {

    /** What it brings about. */
    interface Effects {

        /** Stores the message: under which id, or none if it need not be kept. Never throws. */
        CompletionStage<OptionalLong> keep();

        /** What was stored stays stored. */
        void kept();

        /** What was stored is deleted again. */
        void withdraw(long id);

        /** The user's session is of no use any more. */
        void broken(String reason);
    }

    /** By these it is the session that fails, not the message (FLOW.md, 'When a push fails'). */
    private static final Set<Integer> BREAKING = Set.of(408, 481, 506);

    private final Effects effects;
    /** Whether what came before is decided: what is stored is stored in the order in which it came. */
    private final CompletionStage<Void> before;

    private final CompletableFuture<Void> answer = new CompletableFuture<>();
    private final CompletableFuture<Void> decided = new CompletableFuture<>();
    private final CompletableFuture<Boolean> confirmed = new CompletableFuture<>();
    private boolean isDecided;

    Transit(Effects effects, CompletionStage<Void> before) {
        this.effects = effects;
        this.before = before;
    }

    /** Completes when the sender may be told that it is delivered; an {@link MsrpRefusal} is the user's own. */
    CompletionStage<Void> answer() {
        return answer;
    }

    /** Completes when it is known whether it is stored, and if so is on its way there. */
    CompletionStage<Void> decided() {
        return decided;
    }

    /** Completes when nobody reads the message any more. */
    CompletionStage<Void> over() {
        return CompletableFuture.allOf(answer.handle((done, failure) -> null), confirmed);
    }

    /** What became of it, as the user's client or the silence of the network tells. */
    void delivered(Delivery delivery, Throwable failure) {
        if (delivery instanceof Delivery.Confirmed) {
            if (decide()) {
                answer.complete(null);
                decided.complete(null);
            }
            confirmed.complete(true);
        } else if (delivery instanceof Delivery.Refused refused && !BREAKING.contains(refused.status())) {
            if (decide()) {
                answer.completeExceptionally(new MsrpRefusal(refused.status(), refused.comment()));
                decided.complete(null);
            }
            confirmed.complete(false);
        } else {
            if (failure == null) {
                effects.broken(delivery.toString());
            }
            keep();
            confirmed.complete(false);
        }
    }

    /** The user has not confirmed it for as long as its sender waits. */
    void silent() {
        keep();
    }

    private void keep() {
        if (decide()) {
            before.thenRun(() -> {
                CompletionStage<OptionalLong> kept = effects.keep();
                decided.complete(null);
                kept.whenComplete(this::kept);
            });
        }
    }

    private void kept(OptionalLong id, Throwable failure) {
        if (failure != null) {
            answer.completeExceptionally(failure);
            return;
        }
        answer.complete(null);
        id.ifPresent(stored -> confirmed.thenAccept(taken -> {
            if (taken) {
                effects.withdraw(stored);
            } else {
                effects.kept();
            }
        }));
    }

    private synchronized boolean decide() {
        boolean first = !isDecided;
        isDecided = true;
        return first;
    }
}
