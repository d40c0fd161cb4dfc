package im.deferred.settings;

/** What. */
public enum DeliverySetting {
    PUSH,
    NOTIFY,
    PULL,
    HOLD
}
