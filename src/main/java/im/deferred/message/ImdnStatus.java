package im.deferred.message;

/** What a store-and-forward server has to tell of a message (RFC 5438 §8, §11.1). */
enum ImdnStatus {
    /** It waits for its recipient. */
    STORED("processing", "processing-notification", "stored"),
    /** Its recipient will not get it. */
    FAILED("negative-delivery", "delivery-notification", "failed");

    private final String disposition;
    private final String notification;
    private final String status;

    ImdnStatus(String disposition, String notification, String status) {
        this.disposition = disposition;
        this.notification = notification;
        this.status = status;
    }

    /** What a sender who wants to know it writes into Disposition-Notification (RFC 5438 §6.2). */
    String disposition() {
        return disposition;
    }

    /** The element that tells it, around {@code status}. */
    String notification() {
        return notification;
    }

    /** The element inside {@code status}. */
    String status() {
        return status;
    }
}
