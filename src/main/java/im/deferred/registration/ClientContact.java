package im.deferred.registration;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

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

    /** The feature tag of an IM client (OMA SIMPLE IM; RFC 3840 for what a tag is). */
    public static final String IM = "+g.oma.sip-im";

    static final String INSTANCE = "+sip.instance";

    /** Parameters of a Contact in the core's answer (RFC 5627 §4.2). */
    static final String PUBLIC_GRUU = "pub-gruu";

    static final String TEMPORARY_GRUU = "temp-gruu";

    /** The tags whose names have no {@code +} before them (RFC 3840 §9). */
    private static final Set<String> BASE_TAGS = Set.of(
            "audio",
            "automata",
            "class",
            "duplex",
            "data",
            "control",
            "mobility",
            "description",
            "events",
            "priority",
            "methods",
            "schemes",
            "application",
            "video",
            "language",
            "type",
            "isfocus",
            "actor",
            "text",
            "extensions");

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

    /**
     * Whether the device says anything of what it can do. One that does not may be able to do all (RFC 3841 §7.2: it is
     * immune to the caller's preferences); the name of its instance says nothing.
     */
    public boolean tellsFeatures() {
        return featureTags.keySet().stream()
                .anyMatch(name -> name.startsWith("+") && !name.equals(INSTANCE) || BASE_TAGS.contains(name));
    }

    /** The same device as it is told now, with what was known of it and is not told again: many cores' reg event leaves out the features. */
    ClientContact knownAs(ClientContact before) {
        if (tellsFeatures()) {
            return this;
        }
        Map<String, String> all = new LinkedHashMap<>(before.featureTags);
        all.putAll(featureTags);
        return new ClientContact(uri, instanceId == null ? before.instanceId : instanceId, all, expiresAt);
    }
}
