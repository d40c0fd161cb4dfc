package im.deferred.registration;

import im.deferred.core.TemporaryGruu;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import java.text.ParseException;
import java.time.Instant;
import java.util.Optional;

/** The row of one client contact. */
@Embeddable
class ContactRow {

    private String uri;

    @Column(name = "instance_id")
    private String instanceId;

    /** As they are written in a Contact header, every value in quotes. */
    @Column(name = "feature_tags")
    private String featureTags;

    @Column(name = "expires_at")
    private Instant expiresAt;

    /** To be found by; null if it has none. */
    @Column(name = "temporary_gruu")
    private String temporaryGruu;

    /** For Jakarta Persistence. */
    protected ContactRow() {}

    static ContactRow of(ClientContact contact) {
        ContactRow row = new ContactRow();
        row.uri = contact.uri();
        row.instanceId = contact.instanceId();
        row.featureTags = HeaderValue.writeParameters(contact.featureTags());
        row.expiresAt = contact.expiresAt();
        row.temporaryGruu = Optional.ofNullable(contact.featureTags().get(ClientContact.TEMPORARY_GRUU))
                .flatMap(TemporaryGruu::of)
                .map(TemporaryGruu::uri)
                .orElse(null);
        return row;
    }

    ClientContact toContact() {
        try {
            return new ClientContact(uri, instanceId, HeaderValue.parseParameters(featureTags), expiresAt);
        } catch (ParseException e) {
            throw new IllegalStateException("feature tags that were not written by this server: " + featureTags, e);
        }
    }
}
