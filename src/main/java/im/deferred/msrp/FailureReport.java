package im.deferred.msrp;

/** Which responses the sender of a message wants (RFC 4975 §7.1.1). */
public enum FailureReport {
    /** Every chunk is answered; one without a response within 30 s is a failure. */
    YES("yes"),
    /** Only a chunk that fails is answered; no response within whatever time tells nothing. */
    PARTIAL("partial"),
    /** Nothing is answered. */
    NO("no");

    private final String value;

    FailureReport(String value) {
        this.value = value;
    }

    /** As it stands in the header of that name. */
    @Override
    public String toString() {
        return value;
    }
}
