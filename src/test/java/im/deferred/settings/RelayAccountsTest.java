package im.deferred.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import im.deferred.app.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RelayAccountsTest {

    private static final String REALM = "example.test";

    /** {@code printf %s bob:example.test:s3cret | sha256sum}, and the same with {@code md5sum}. */
    private static final String SHA256 = "980fd05b2ced8fecf589f6d2fed852b1dc54326153a6eba074781e318c3b8e18";

    private static final String MD5 = "c244650924edd788d5acd9ca476ba78b";

    private final TestDatabase database = new TestDatabase();
    private final RelayAccounts accounts = new RelayAccounts(database.entities());

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void passwordIsKeptAsItsHashes() {
        accounts.set("bob", REALM, "s3cret");

        assertThat(accounts.ha1Sha256("bob", REALM)).contains(SHA256);
        assertThat(accounts.ha1Md5("bob", REALM)).contains(MD5);
    }

    @Test
    void accountIsOneUsersInOneRealm() {
        accounts.set("bob", REALM, "s3cret");

        assertThat(accounts.ha1Sha256("Bob", REALM)).isEmpty();
        assertThat(accounts.ha1Sha256("bob", "elsewhere.test")).isEmpty();
        assertThat(accounts.ha1Md5("alice", REALM)).isEmpty();
    }

    @Test
    void lastPasswordHolds() {
        accounts.set("bob", REALM, "first");
        accounts.set("bob", REALM, "s3cret");

        assertThat(accounts.ha1Sha256("bob", REALM)).contains(SHA256);
    }

    @Test
    void removedAccountIsGone() {
        accounts.set("bob", REALM, "s3cret");
        accounts.set("bob", "elsewhere.test", "s3cret");
        accounts.remove("bob", REALM);
        accounts.remove("bob", REALM);

        assertThat(accounts.ha1Sha256("bob", REALM)).isEmpty();
        assertThat(accounts.ha1Sha256("bob", "elsewhere.test")).isPresent();
    }

    @Test
    void operatorMayWriteTheRow() throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("insert into relay_account (user_name, realm, ha1_sha256) values ('bob', '" + REALM
                    + "', '" + SHA256 + "')");
        }

        assertThat(accounts.ha1Sha256("bob", REALM)).contains(SHA256);
        assertThat(accounts.ha1Md5("bob", REALM)).isEmpty();
    }

    @Test
    void nameHasNoColon() {
        assertThatIllegalArgumentException().isThrownBy(() -> accounts.set("bob:example.test", REALM, "s3cret"));
    }
}
