package im.deferred.registration;

import im.deferred.core.Aor;
import im.deferred.core.RefusedException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a NOTIFY of the registration event tells (RFC 3680 §5): the state of some users' registrations.
 *
 * @param version counts the documents of one subscription, 0 to {@link DeltaSeconds#MAX}
 * @param full whether it tells all there is; otherwise only what changed
 * @param registrations the users whose identities can be read, and how they are registered
 */
record RegInfo(long version, boolean full, List<Entry> registrations) {

    /** The type of the document. */
    static final String CONTENT_TYPE = "application/reginfo+xml";

    /**
     * One {@code registration} element.
     *
     * @param user whose it is
     * @param active whether the user is registered; otherwise is no longer, or never was
     * @param present contacts that are there now, of all or of those that changed
     * @param gone URIs of contacts that are not any more, whichever event ended them
     */
    record Entry(Aor user, boolean active, List<ToldContact> present, Set<String> gone) {

        Entry {
            present = List.copyOf(present);
            gone = Set.copyOf(gone);
        }

        /** Two elements for one user, who has two spellings at the core, are one. */
        Entry and(Entry other) {
            return new Entry(
                    user,
                    active || other.active,
                    Stream.concat(present.stream(), other.present.stream()).toList(),
                    Stream.concat(gone.stream(), other.gone.stream()).collect(Collectors.toSet()));
        }

        /**
         * The user's contacts as they are with it.
         *
         * @param known the user's registration so far, if it is in force
         * @param all whether those that it leaves out are gone
         * @param unlessTold when a contact ends of which nobody said it, if that is not known of the registration
         */
        List<ClientContact> contacts(Optional<Registration> known, boolean all, Instant now, Instant unlessTold) {
            Map<String, ClientContact> before = new LinkedHashMap<>();
            known.ifPresent(
                    registration -> registration.contacts().forEach(contact -> before.put(contact.uri(), contact)));
            Map<String, ClientContact> contacts = all ? new LinkedHashMap<>() : new LinkedHashMap<>(before);
            gone.forEach(contacts::remove);
            Instant end = known.map(Registration::expiresAt).orElse(unlessTold);
            for (ToldContact told : present) {
                ClientContact old = before.get(told.uri());
                ClientContact fresh = told.at(now, old == null ? end : old.expiresAt());
                contacts.put(told.uri(), old == null ? fresh : fresh.knownAs(old));
            }
            return List.copyOf(contacts.values());
        }
    }

    RegInfo {
        registrations = List.copyOf(registrations);
    }

    /**
     * Reads a document.
     *
     * @throws RefusedException with 413 if it is larger than {@link RegInfoReader#MAX_SIZE}; with 400 if it is not well-formed,
     *     no registration information, or has more in it than {@link RegInfoReader} takes
     */
    static RegInfo parse(byte[] document) throws RefusedException {
        return RegInfoReader.read(document);
    }

    /** Without the users who do not fit. */
    RegInfo only(Predicate<Aor> fits) {
        return new RegInfo(
                version,
                full,
                registrations.stream().filter(entry -> fits.test(entry.user())).toList());
    }

    /**
     * A full document takes the place of all that were before (RFC 3680 §5.1): with an end for each user whom they told to be
     * registered, and of whom this one is silent.
     */
    RegInfo after(Collection<Aor> registered) {
        if (!full) {
            return this;
        }
        Set<Aor> silent = new HashSet<>(registered);
        registrations.forEach(entry -> silent.remove(entry.user()));
        List<Entry> all = new ArrayList<>(registrations);
        silent.forEach(user -> all.add(new Entry(user, false, List.of(), Set.of())));
        return new RegInfo(version, true, all);
    }
}
