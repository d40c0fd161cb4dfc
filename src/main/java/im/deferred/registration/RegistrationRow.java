package im.deferred.registration;

import im.deferred.core.Aor;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.OrderColumn;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The row of one identity. */
@Entity
@Table(name = "registration")
class RegistrationRow {

    @Id
    private String aor;

    @Column(name = "registered_as")
    private String registeredAs;

    @Column(name = "expires_at")
    private Instant expiresAt;

    @Column(name = "service_info")
    private String serviceInfo;

    @Column(name = "user_agent")
    private String userAgent;

    @ElementCollection
    @CollectionTable(name = "registration_contact", joinColumns = @JoinColumn(name = "aor"))
    @OrderColumn(name = "position")
    private List<ContactRow> contacts = new ArrayList<>();

    /** For Jakarta Persistence. */
    protected RegistrationRow() {}

    RegistrationRow(String aor) {
        this.aor = aor;
    }

    String aor() {
        return aor;
    }

    boolean isInForce(Instant now) {
        return expiresAt.isAfter(now);
    }

    /** Takes what was told; what was not told stays as it was known, unless that had run out. */
    void renew(Registration told, Instant now) {
        boolean known = expiresAt != null && isInForce(now);
        registeredAs = told.aor().uri();
        expiresAt = told.expiresAt();
        if (!known || told.serviceInfo() != null) {
            serviceInfo = told.serviceInfo();
        }
        if (!known || told.userAgent() != null) {
            userAgent = told.userAgent();
        }
        if (!known || !told.contacts().isEmpty()) {
            Map<String, ClientContact> before = known ? byUri(toRegistration(now)) : Map.of();
            contacts = new ArrayList<>(told.contacts().stream()
                    .map(contact -> contact.knownAs(before.getOrDefault(contact.uri(), contact)))
                    .map(ContactRow::of)
                    .toList());
        }
    }

    /**
     * Takes what the reg event told, which is more than a REGISTER in what it says of contacts, and less in all else.
     *
     * @param name in whose name the user is registered, unless that is known
     */
    void update(Aor name, List<ClientContact> told, Instant until, Instant now) {
        boolean known = expiresAt != null && isInForce(now);
        if (!known) {
            registeredAs = name.uri();
            serviceInfo = null;
            userAgent = null;
        }
        // Never sooner than the REGISTER said: a contact that ends before is told to have ended.
        expiresAt = known && expiresAt.isAfter(until) ? expiresAt : until;
        contacts = new ArrayList<>(told.stream().map(ContactRow::of).toList());
    }

    private static Map<String, ClientContact> byUri(Registration registration) {
        return registration.contacts().stream()
                .collect(Collectors.toMap(ClientContact::uri, Function.identity(), (first, second) -> first));
    }

    Registration toRegistration(Instant now) {
        List<ClientContact> inForce = contacts.stream()
                .map(ContactRow::toContact)
                .filter(contact -> contact.expiresAt().isAfter(now))
                .toList();
        return new Registration(new Aor(aor), expiresAt, inForce, serviceInfo, userAgent);
    }
}
