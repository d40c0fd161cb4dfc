package im.deferred.registration;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A device at which a user can be reached: one Contact of the client's own REGISTER, as the core told it.
 *
 * @param uri the device's URI
 * @param instanceId the {@code +sip.instance} (RFC 5626 §4.1) without angle brackets, by which a device is known again; null
 *     if it gave none
 * @param featureTags every parameter of the Contact in its order, feature tags (RFC 3840) and others such as {@code q}: names
 *     in lower case, values without quotes, an empty value where there was none
 * @param expiresAt when the core forgets it
 */
public record ClientContact(String uri, String instanceId, Map<String, String> featureTags, Instant expiresAt) {

    /** Keeps the feature tags' order. */
    public ClientContact {
        Objects.requireNonNull(uri, "uri");
        Objects.requireNonNull(expiresAt, "expiresAt");
        featureTags = Collections.unmodifiableMap(new LinkedHashMap<>(featureTags));
    }

    /** Whether the device says that it has the feature (RFC 3840 §9: present, and not {@code FALSE}). */
    public boolean has(String featureTag) {
        String value = featureTags.get(featureTag);
        return value != null && !value.equalsIgnoreCase("FALSE");
    }
}
