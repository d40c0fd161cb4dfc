package im.deferred.settings;

import java.util.Objects;
import java.util.Optional;

/**
 * What a user chose; what is empty is left to the server's default.
 *
 * @param delivery how they want to get what waited
 * @param pageMode whether what their client takes in no session may come as SIP MESSAGE (RFC 3428)
 */
public record Choices(Optional<DeliverySetting> delivery, Optional<Boolean> pageMode) {

    /** Of a user who chose nothing. */
    public static final Choices NONE = new Choices(Optional.empty(), Optional.empty());

    public Choices {
        Objects.requireNonNull(delivery, "delivery");
        Objects.requireNonNull(pageMode, "pageMode");
    }
}
