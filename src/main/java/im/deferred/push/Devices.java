package im.deferred.push;

import im.deferred.core.Aor;
import im.deferred.registration.ClientContact;
import im.deferred.registration.Registration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a registration says of the devices behind it.
 *
 * @param keys by which they are known again; the user alone where the core did not tell devices
 * @param takeMessages whether one of them may take a session for messages
 */
record Devices(Set<String> keys, boolean takeMessages) {

    /** Before the feature tags of the global tree (RFC 3840 §9, RFC 2506 §3.1.1), where the core network's services have theirs. */
    private static final String GLOBAL_TREE = "+g.";

    /** Devices of which nothing is known. */
    static Devices unknown(Aor user) {
        return new Devices(Set.of(user.uri()), true);
    }

    /**
     * Those of a registration. A device that tells services and not this one does not have it; one that tells none at all, as many do that
     * are no phones of an operator, may have it.
     */
    static Devices of(Registration registration) {
        Aor user = registration.aor();
        List<ClientContact> contacts = registration.contacts();
        if (contacts.isEmpty()) {
            return unknown(user);
        }
        Set<String> keys = contacts.stream()
                .map(contact ->
                        user.uri() + " " + (contact.instanceId() == null ? contact.uri() : contact.instanceId()))
                .collect(Collectors.toUnmodifiableSet());
        return new Devices(keys, contacts.stream().anyMatch(Devices::mayTakeMessages));
    }

    private static boolean mayTakeMessages(ClientContact contact) {
        return contact.has(ClientContact.IM)
                || contact.featureTags().keySet().stream().noneMatch(tag -> tag.startsWith(GLOBAL_TREE));
    }
}
