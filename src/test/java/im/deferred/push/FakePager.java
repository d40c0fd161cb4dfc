package im.deferred.push;

import im.deferred.message.DeferredMessage;
import im.deferred.message.PageAnswer;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Page mode whose client is the test. */
final class FakePager implements Pager {

    /** A MESSAGE and its answer. */
    record Page(DeferredMessage message, CompletableFuture<PageAnswer> answered) {
        void answer(int status) {
            answered.complete(new PageAnswer(status, Optional.empty()));
        }
    }

    private final BlockingQueue<Page> pages = new LinkedBlockingQueue<>();

    @Override
    public CompletionStage<PageAnswer> send(DeferredMessage message) {
        Page page = new Page(message, new CompletableFuture<>());
        pages.add(page);
        return page.answered();
    }

    /** The next one, within ten seconds. */
    Page next() throws InterruptedException {
        Page page = pages.poll(10, TimeUnit.SECONDS);
        if (page == null) {
            throw new AssertionError("no MESSAGE came");
        }
        return page;
    }

    boolean isQuiet() {
        return pages.isEmpty();
    }
}
