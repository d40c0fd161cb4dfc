package im.deferred.node;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Optional;

/** A claim as the database has it: gone with its node. */
@Entity(name = "Claim")
@Table(name = "claim")
class ClaimRow {

    @Id
    private String what;

    private long node;
    private long serial;

    @Enumerated(EnumType.STRING)
    @Column(name = "asked")
    private Ask asked;

    protected ClaimRow() {}

    ClaimRow(Claim claim) {
        this.what = claim.what();
        this.node = claim.node();
        this.serial = claim.serial();
    }

    /** Takes it anew: who asks the earlier holder for it asks in vain. */
    void renew(Claim claim) {
        this.serial = claim.serial();
        this.asked = null;
    }

    Claim claim() {
        return new Claim(what, node, serial);
    }

    void ask(Ask ask) {
        if (asked == null || ask != Ask.MORE) {
            asked = ask;
        }
    }

    Optional<Ask> asked() {
        return Optional.ofNullable(asked);
    }
}
