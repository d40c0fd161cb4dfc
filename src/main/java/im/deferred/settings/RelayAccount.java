package im.deferred.settings;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

/** The row of a user of the relay. */
@Entity
@Table(name = "relay_account")
@IdClass(RelayAccount.Key.class)
class RelayAccount {

    /** Whose account it is. */
    record Key(String user, String realm) {}

    @Id
    @Column(name = "user_name")
    private String user;

    @Id
    private String realm;

    @Column(name = "ha1_sha256")
    private String ha1Sha256;

    @Column(name = "ha1_md5")
    private String ha1Md5;

    /** For Jakarta Persistence. */
    protected RelayAccount() {}

    RelayAccount(String user, String realm, String ha1Sha256, String ha1Md5) {
        this.user = user;
        this.realm = realm;
        this.ha1Sha256 = ha1Sha256;
        this.ha1Md5 = ha1Md5;
    }

    String ha1Sha256() {
        return ha1Sha256;
    }

    String ha1Md5() {
        return ha1Md5;
    }
}
