package im.deferred.message;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.message.Forwarding.State;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardingTest {

    private final List<String> effects = new ArrayList<>();
    private final Forwarding forwarding = new Forwarding(new Forwarding.Effects() {
        @Override
        public void answer(Answer answer) {
            effects.add("answer " + answer.status());
        }

        @Override
        public void defer(Forwarding forwarding, int cause) {
            effects.add("defer " + cause);
        }

        @Override
        public void withdraw(long id) {
            effects.add("withdraw " + id);
        }
    });

    @ParameterizedTest
    @ValueSource(ints = {200, 202, 302, 400, 403, 404, 413, 415, 488, 501, 606})
    void anAnswerGoesBackAsItIs(int status) {
        forwarding.answered(Answer.of(status));
        forwarding.noAnswer();
        forwarding.answered(Answer.of(480));
        forwarding.answered(Answer.of(200));

        assertThat(effects).containsExactly("answer " + status);
        assertThat(forwarding.state()).isEqualTo(State.ANSWERED);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 430, 480, 486, 487, 500, 503, 504, 600, 603})
    void aUserWhoCannotTakeItNowGetsItLater(int status) {
        forwarding.answered(Answer.of(status));
        forwarding.noAnswer();
        forwarding.stored(17);

        assertThat(effects).containsExactly("defer " + status);
        assertThat(forwarding.state()).isEqualTo(State.DEFERRED);
    }

    @Test
    void silenceIsATimeout() {
        forwarding.noAnswer();
        forwarding.stored(17);
        forwarding.answered(Answer.of(408));

        assertThat(effects).containsExactly("defer 408");
    }

    @Test
    void aSuccessAfterTheStoringWithdrawsIt() {
        forwarding.noAnswer();
        forwarding.stored(17);
        forwarding.answered(Answer.of(200));
        forwarding.answered(Answer.of(200));

        assertThat(effects).containsExactly("defer 408", "withdraw 17");
        assertThat(forwarding.state()).isEqualTo(State.TAKEN_LATE);
    }

    @Test
    void aSuccessDuringTheStoringWithdrawsItWhenStored() {
        forwarding.noAnswer();
        forwarding.answered(Answer.of(200));
        assertThat(effects).containsExactly("defer 408");
        forwarding.stored(17);

        assertThat(effects).containsExactly("defer 408", "withdraw 17");
        assertThat(forwarding.state()).isEqualTo(State.TAKEN_LATE);
    }
}
