package im.deferred.settings;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.TestDatabase;
import im.deferred.core.Aor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UserSettingsTest {

    private static final Aor BOB = new Aor("sip:bob@example.test");

    private final TestDatabase database = new TestDatabase();
    private final UserSettings settings = new UserSettings(database.entities(), DeliverySetting.PUSH);

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void userWhoChoseNothingHasTheDefault() {
        assertThat(settings.of(BOB)).isEqualTo(DeliverySetting.PUSH);
        assertThat(new UserSettings(database.entities(), DeliverySetting.HOLD).of(BOB))
                .isEqualTo(DeliverySetting.HOLD);
    }

    @ParameterizedTest
    @EnumSource
    void choiceIsKept(DeliverySetting choice) {
        settings.choose(BOB, choice);

        assertThat(new UserSettings(database.entities(), DeliverySetting.PUSH).of(BOB))
                .isEqualTo(choice);
    }

    @Test
    void lastChoiceHolds() {
        settings.choose(BOB, DeliverySetting.HOLD);
        settings.choose(BOB, DeliverySetting.NOTIFY);

        assertThat(settings.of(BOB)).isEqualTo(DeliverySetting.NOTIFY);
    }

    @Test
    void choiceIsTheUsersAlone() {
        settings.choose(BOB, DeliverySetting.HOLD);

        assertThat(settings.of(new Aor("sip:alice@example.test"))).isEqualTo(DeliverySetting.PUSH);
    }
}
