package im.deferred.message;

import java.util.Objects;

/**
 * By what a submission is known again.
 *
 * @param key a digest of the sender's own key
 * @param fingerprint a digest of all that was submitted
 */
record Once(String key, String fingerprint) {

    Once {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(fingerprint, "fingerprint");
    }
}
