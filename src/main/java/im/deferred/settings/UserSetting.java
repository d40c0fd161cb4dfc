package im.deferred.settings;

import im.deferred.core.Aor;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Optional;

/** The row of a user who chose. */
@Entity
@Table(name = "user_setting")
class UserSetting {

    @Id
    private String aor;

    @Enumerated(EnumType.STRING)
    private DeliverySetting delivery;

    @Column(name = "page_mode")
    private Boolean pageMode;

    /** For Jakarta Persistence. */
    protected UserSetting() {}

    UserSetting(Aor user, Choices choices) {
        this.aor = user.uri();
        choose(choices);
    }

    final void choose(Choices choices) {
        this.delivery = choices.delivery().orElse(null);
        this.pageMode = choices.pageMode().orElse(null);
    }

    Choices choices() {
        return new Choices(Optional.ofNullable(delivery), Optional.ofNullable(pageMode));
    }
}
