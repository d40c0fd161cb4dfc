package im.deferred.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import im.deferred.app.TestDatabase;
import im.deferred.core.Aor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UserSettingsTest {

    private static final Aor BOB = new Aor("sip:bob@example.test");

    private final TestDatabase database = new TestDatabase();
    private final UserSettings settings = new UserSettings(database.entities(), DeliverySetting.PUSH, false);

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void userWhoChoseNothingHasTheDefault() {
        assertThat(settings.of(BOB)).isEqualTo(DeliverySetting.PUSH);
        assertThat(new UserSettings(database.entities(), DeliverySetting.HOLD, false).of(BOB))
                .isEqualTo(DeliverySetting.HOLD);
    }

    @ParameterizedTest
    @EnumSource
    void choiceIsKept(DeliverySetting choice) {
        settings.choose(BOB, choice);

        assertThat(new UserSettings(database.entities(), DeliverySetting.PUSH, false).of(BOB))
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

    @Test
    void pageModeIsChosenOnItsOwn() {
        assertThat(settings.allowsPageMode(BOB)).isFalse();
        assertThat(new UserSettings(database.entities(), DeliverySetting.PUSH, true).allowsPageMode(BOB))
                .isTrue();

        settings.choosePageMode(BOB, true);
        assertThat(settings.choices(BOB)).isEqualTo(new Choices(Optional.empty(), Optional.of(true)));
        settings.choose(BOB, DeliverySetting.HOLD);
        settings.choosePageMode(BOB, false);

        assertThat(settings.choices(BOB)).isEqualTo(new Choices(Optional.of(DeliverySetting.HOLD), Optional.of(false)));
        assertThat(new UserSettings(database.entities(), DeliverySetting.PUSH, true).allowsPageMode(BOB))
                .isFalse();
    }

    @Test
    void whatIsResetFollowsTheDefaults() {
        settings.choose(BOB, new Choices(Optional.of(DeliverySetting.HOLD), Optional.of(true)));

        settings.reset(BOB);
        settings.reset(BOB);

        assertThat(settings.choices(BOB)).isEqualTo(Choices.NONE);
        assertThat(settings.of(BOB)).isEqualTo(DeliverySetting.PUSH);
        assertThat(settings.allowsPageMode(BOB)).isFalse();
    }

    @Test
    void listenersAreToldOfWhatIsKept() {
        List<String> told = new ArrayList<>();
        settings.listen((user, now) ->
                told.add(user + " " + now + " " + settings.choices(user).pageMode()));

        settings.choose(BOB, DeliverySetting.HOLD);
        settings.choosePageMode(BOB, true);
        settings.reset(BOB);

        assertThat(told)
                .containsExactly(
                        BOB + " HOLD Optional.empty", BOB + " HOLD Optional[true]", BOB + " PUSH Optional.empty");
    }

    @Test
    void listenerThatFailsCostsNobodyElseTheirTurn() {
        List<DeliverySetting> told = new ArrayList<>();
        settings.listen((user, now) -> {
            throw new IllegalStateException("on purpose");
        });
        settings.listen((user, now) -> told.add(now));

        settings.choose(BOB, DeliverySetting.PULL);

        assertThat(told).containsExactly(DeliverySetting.PULL);
        assertThat(settings.of(BOB)).isEqualTo(DeliverySetting.PULL);
    }

    @Test
    void nobodyIsToldOfWhatCouldNotBeKept() {
        List<DeliverySetting> told = new ArrayList<>();
        settings.listen((user, now) -> told.add(now));
        database.close();

        assertThatException().isThrownBy(() -> settings.choose(BOB, DeliverySetting.PULL));

        assertThat(told).isEmpty();
    }

    @Test
    void firstChoicesOfOneUserMayMeet() {
        List<Runnable> choices =
                List.of(() -> settings.choose(BOB, DeliverySetting.HOLD), () -> settings.choosePageMode(BOB, true));

        choices.stream().map(CompletableFuture::runAsync).toList().forEach(CompletableFuture::join);

        assertThat(settings.choices(BOB)).isEqualTo(new Choices(Optional.of(DeliverySetting.HOLD), Optional.of(true)));
    }
}
