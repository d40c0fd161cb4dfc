package im.deferred.settings;

import im.deferred.core.Aor;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** The row of a user who chose. */
@Entity
@Table(name = "user_setting")
class UserSetting {

    @Id
    private String aor;

    @Enumerated(EnumType.STRING)
    private DeliverySetting delivery;

    /** For Jakarta Persistence. */
    protected UserSetting() {}

    UserSetting(Aor user, DeliverySetting delivery) {
        this.aor = user.uri();
        this.delivery = delivery;
    }

    DeliverySetting delivery() {
        return delivery;
    }
}
