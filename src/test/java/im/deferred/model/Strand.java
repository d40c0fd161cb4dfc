package im.deferred.model;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A thread of somebody who calls the server and waits. It runs only while the world stands still for it. */
final class Strand {

    /** The server is gone, and with it the thread. */
    private static final class Gone extends Error {
        private static final long serialVersionUID = 1L;

        Gone() {
            super("the process is dead", null, false, false);
        }
    }

    private static final int TOO_LONG_SECONDS = 60;

    private static final ThreadLocal<Strand> CURRENT = new ThreadLocal<>();

    private final Semaphore mayRun = new Semaphore(0);
    private final Semaphore mayGoOn = new Semaphore(0);
    private final Thread thread;
    private volatile boolean gone;
    private volatile Throwable failure;
    private volatile boolean over;

    Strand(Runnable work) {
        thread = new Thread(() -> run(work), "strand");
        thread.setDaemon(true);
        thread.start();
    }

    /** The one that this thread is, or null. */
    static Strand current() {
        return CURRENT.get();
    }

    boolean isOver() {
        return over;
    }

    /** It runs until it waits or ends. */
    void goOn() {
        mayRun.release();
        try {
            if (!mayGoOn.tryAcquire(TOO_LONG_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("a caller waits for what never comes");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        if (failure != null) {
            throw new AssertionError(failure.getMessage(), failure);
        }
    }

    /** This thread waits until it is to go on. */
    void pause() {
        mayGoOn.release();
        mayRun.acquireUninterruptibly();
        if (gone) {
            throw new Gone();
        }
    }

    /** It dies where it waits. */
    void abandon() {
        gone = true;
        goOn();
    }

    private void run(Runnable work) {
        CURRENT.set(this);
        mayRun.acquireUninterruptibly();
        try {
            if (!gone) {
                work.run();
            }
        } catch (Gone e) {
            // as it should
        } catch (Throwable e) {
            failure = e;
        } finally {
            over = true;
            mayGoOn.release();
        }
    }
}
