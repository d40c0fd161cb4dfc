package im.deferred.msrp;

import java.util.concurrent.CompletableFuture;

/** A message on its way out: how far it got, and what it still waits for. */
final class Outgoing implements Transactions.Waiting {
    final OutgoingMessage message;
    final long length;
    final CompletableFuture<Delivery> delivery = new CompletableFuture<>();
    private final Outbox outbox;

    /** The octets that success REPORTs spoke of, or null when none was asked for. */
    private final Ranges reported;

    private long offset;
    /** Chunks that wait for their response; where none is due, for their leaving. */
    private int unanswered;

    private int reports;
    private boolean sent;
    private boolean over;
    private boolean waitsForReport;
    private long reportDeadline;

    Outgoing(OutgoingMessage message, boolean successReport, Outbox outbox) {
        this.message = message;
        this.length = message.content().length();
        this.outbox = outbox;
        this.reported = successReport ? new Ranges() : null;
    }

    boolean asksForReport() {
        return reported != null;
    }

    /** Octets that were sent. */
    long offset() {
        return offset;
    }

    /** Whether its last chunk was sent. */
    boolean isSent() {
        return sent;
    }

    /** Whether its outcome is known. */
    boolean isOver() {
        return over;
    }

    void chunkSent(int octets) {
        offset += octets;
        sent = offset == length;
        unanswered++;
    }

    @Override
    public boolean expectsResponse() {
        return message.failureReport() == FailureReport.YES;
    }

    /** The response to one of its chunks; where none is due it may still be told that it failed. */
    @Override
    public void answered(int status, String comment) {
        if (status / 100 != 2) {
            finish(new Delivery.Refused(status, comment));
        }
        if (expectsResponse()) {
            unanswered--;
            confirmIfComplete();
            outbox.chunkAnswered();
        }
    }

    /** Silence tells nothing where no response is due. */
    @Override
    public void timedOut() {
        if (expectsResponse()) {
            answered(408, "No response");
        }
    }

    /** A chunk without a response left; an error may come for as long as more is to come, or to be reported. */
    @Override
    public boolean left() {
        unanswered--;
        confirmIfComplete();
        return over;
    }

    /** A success REPORT for the octets from {@code start} to before {@code end}, counted from 0. */
    void reported(long start, long end) {
        if (reported != null) {
            reports++;
            reported.add(start, end);
            confirmIfComplete();
        }
    }

    private void confirmIfComplete() {
        if (over || !sent || unanswered > 0) {
            return;
        }
        if (reported == null) {
            finish(expectsResponse() ? new Delivery.Confirmed() : new Delivery.Unconfirmed());
        } else if (reports > 0 && reported.covers(length)) {
            finish(new Delivery.Confirmed());
        } else if (!waitsForReport) {
            waitsForReport = true;
            reportDeadline = outbox.reportDeadline();
        }
    }

    /** Refuses it when its success REPORT is overdue. */
    void expire(long now) {
        if (waitsForReport && now - reportDeadline >= 0) {
            finish(new Delivery.Refused(408, "No success report"));
        }
    }

    void finish(Delivery outcome) {
        if (end()) {
            delivery.complete(outcome);
        }
    }

    /** Its content could not be read. */
    void fail(Throwable cause) {
        if (end()) {
            delivery.completeExceptionally(cause);
        }
    }

    private boolean end() {
        if (over) {
            return false;
        }
        over = true;
        outbox.ended(this);
        return true;
    }
}
