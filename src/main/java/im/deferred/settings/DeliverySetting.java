package im.deferred.settings;

/** How a user wants to get the messages that waited for them. */
public enum DeliverySetting {
    /** They are pushed over MSRP as soon as the user registers. */
    PUSH,
    /** The user is told that messages wait, and fetches them. */
    NOTIFY,
    /** The user fetches them unasked. */
    PULL,
    /** They wait until the user chooses otherwise. */
    HOLD
}
