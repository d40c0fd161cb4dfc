package im.deferred.summary;

import static im.deferred.registration.FakeSip.fake;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.deferred.core.Aor;
import im.deferred.core.ManualTimer;
import im.deferred.core.TestClock;
import im.deferred.message.MessageCounts;
import im.deferred.registration.FakeSip;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.servlet.sip.Address;
import javax.servlet.sip.SipApplicationSession;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import javax.servlet.sip.SipSession;
import javax.servlet.sip.URI;
import org.junit.jupiter.api.Test;

class SubscriptionsTest {

    private static final Aor BOB = new Aor("sip:bob@example.test");
    private static final Aor CAROL = new Aor("sip:carol@example.test");
    private static final Aor DAVE = new Aor("sip:dave@example.test");

    private final TestClock clock = new TestClock();
    private int waiting;
    private boolean databaseFails;
    private final Subscriptions subscriptions = new Subscriptions(
            FakeSip.core(Set.of("127.0.0.1"), Set.of("example.test")).withOwners(gruu -> {
                if (databaseFails) {
                    throw new IllegalStateException("the database is gone");
                }
                return Optional.of(BOB).filter(bob -> gruu.uri().equals("sip:tgruu.1@example.test"));
            }),
            user -> new MessageCounts(waiting, 0, 0, 0, Optional.empty()),
            new SummaryLimits(
                    3, 2, Duration.ofMinutes(1), Duration.ofHours(1), Duration.ofHours(2), Duration.ofSeconds(1)),
            clock,
            new ManualTimer(),
            Runnable::run);

    /** One dialog as the container has it: what came in it, and what went out. */
    private final class Dialog {

        final List<String> answers = new ArrayList<>();
        final List<String> notifies = new ArrayList<>();
        private final Map<String, Object> attributes = new HashMap<>();
        private final Aor user;
        private String from = "127.0.0.1";
        private String target;
        private int expires = 600;
        private boolean initial = true;
        private boolean broken;

        private final SipApplicationSession application =
                fake(SipApplicationSession.class, Map.of("setExpires", minutes -> minutes[0]));
        private final SipSession session = fake(
                SipSession.class,
                Map.of(
                        "getApplicationSession", none -> application,
                        "setHandler", name -> null,
                        "getAttribute", name -> attributes.get(name[0]),
                        "setAttribute", pair -> attributes.put((String) pair[0], pair[1]),
                        "createRequest", method -> message(SipServletRequest.class, method[0] + "", notifies)));

        Dialog(Aor user) {
            this.user = user;
            this.target = user.uri();
        }

        Dialog subscribe() throws IOException {
            Address to = fake(Address.class, Map.of("getParameter", name -> null));
            URI uri = fake(URI.class, Map.of("toString", none -> user.uri()));
            URI requested = fake(URI.class, Map.of("toString", none -> target));
            subscriptions.subscribe(fake(
                    SipServletRequest.class,
                    Map.ofEntries(
                            Map.entry("getRemoteAddr", none -> from),
                            Map.entry("getCallId", none -> "call-1"),
                            Map.entry("isInitial", none -> initial),
                            Map.entry("getHeader", name -> name[0].equals("Event") ? "message-summary" : null),
                            Map.entry("getHeaders", name -> List.of().listIterator()),
                            Map.entry("getExpires", none -> expires),
                            Map.entry("getTo", none -> to),
                            Map.entry("getRequestURI", none -> requested),
                            Map.entry(
                                    "getAddressHeaders",
                                    name -> List.of(fake(Address.class, Map.of("getURI", none -> uri)))
                                            .listIterator()),
                            Map.entry("getSession", none -> session),
                            Map.entry(
                                    "createResponse",
                                    status -> message(SipServletResponse.class, status[0] + "", answers)))));
            return this;
        }

        Dialog again(int seconds) throws IOException {
            initial = false;
            expires = seconds;
            return subscribe();
        }

        /** The NOTIFY got this answer. */
        void answered(int status) {
            subscriptions.answered(fake(
                    SipServletResponse.class,
                    Map.of(
                            "getStatus", none -> status,
                            "getHeader", name -> null,
                            "getSession", none -> session)));
        }

        private <T> T message(Class<T> type, String line, List<String> sent) {
            Map<String, String> headers = new HashMap<>();
            return fake(
                    type,
                    Map.of(
                            "setHeader", header -> headers.put((String) header[0], (String) header[1]),
                            "setContent", content -> null,
                            "send",
                                    none -> {
                                        if (broken) {
                                            throw new IOException("on purpose");
                                        }
                                        return sent.add(line
                                                + headers.getOrDefault("Expires", "")
                                                + headers.getOrDefault("Retry-After", "")
                                                + headers.getOrDefault("Subscription-State", ""));
                                    }));
        }
    }

    @Test
    void temporaryGruuIsOfItsUser() throws IOException {
        Dialog known = new Dialog(BOB);
        known.target = "sip:tgruu.1@example.test;gr";
        assertThat(known.subscribe().answers).containsExactly("200600");

        Dialog ofSomebodyElse = new Dialog(CAROL);
        ofSomebodyElse.target = known.target;
        assertThat(ofSomebodyElse.subscribe().answers).containsExactly("403");
    }

    @Test
    void databaseThatFailsIs503() throws IOException {
        databaseFails = true;
        Dialog dialog = new Dialog(BOB);
        dialog.target = "sip:tgruu.1@example.test;gr";
        assertThat(dialog.subscribe().answers).containsExactly("5035");
    }

    @Test
    void oneUserHasSoMany() throws IOException {
        assertThat(new Dialog(BOB).subscribe().answers).containsExactly("200600");
        assertThat(new Dialog(BOB).subscribe().answers).containsExactly("200600");

        Dialog third = new Dialog(BOB).subscribe();

        assertThat(third.answers).containsExactly("5035");
        assertThat(third.notifies).isEmpty();
        assertThat(new Dialog(CAROL).subscribe().answers).containsExactly("200600");
    }

    @Test
    void allTogetherAreSoMany() throws IOException {
        Dialog first = new Dialog(BOB).subscribe();
        new Dialog(BOB).subscribe();
        new Dialog(CAROL).subscribe();
        assertThat(new Dialog(DAVE).subscribe().answers).containsExactly("5035");

        first.again(0);

        assertThat(first.answers).containsExactly("200600", "2000");
        assertThat(new Dialog(DAVE).subscribe().answers).containsExactly("200600");
    }

    @Test
    void refusedNotifyMakesPlace() throws IOException {
        new Dialog(BOB).subscribe().answered(481);
        new Dialog(BOB).subscribe().answered(481);

        assertThat(new Dialog(BOB).subscribe().answers).containsExactly("200600");
    }

    @Test
    void fetchTakesNoPlace() throws IOException {
        for (int i = 0; i < 5; i++) {
            Dialog fetch = new Dialog(BOB);
            fetch.expires = 0;
            assertThat(fetch.subscribe().answers).containsExactly("2000");
            assertThat(fetch.notifies).containsExactly("NOTIFYterminated;reason=timeout");
        }
    }

    @Test
    void whoseAnswerCannotBeSentTakesNoPlace() throws IOException {
        for (int i = 0; i < 5; i++) {
            Dialog dialog = new Dialog(BOB);
            dialog.broken = true;
            assertThatThrownBy(dialog::subscribe).isInstanceOf(IOException.class);
        }

        assertThat(new Dialog(BOB).subscribe().answers).containsExactly("200600");
    }

    @Test
    void longerIsGrantedAsTheLongest() throws IOException {
        Dialog dialog = new Dialog(BOB);
        dialog.expires = 7201;

        assertThat(dialog.subscribe().answers).containsExactly("2007200");
    }

    @Test
    void onlyTheCoreSpeaksForUsers() throws IOException {
        Dialog dialog = new Dialog(BOB);
        dialog.from = "192.0.2.1";

        assertThat(dialog.subscribe().answers).containsExactly("403");
        assertThat(dialog.notifies).isEmpty();
    }

    @Test
    void usersOfOtherDomainsHaveNothingHere() throws IOException {
        assertThat(new Dialog(new Aor("sip:bob@elsewhere.test")).subscribe().answers)
                .containsExactly("404");
    }

    @Test
    void dialogThatIsOverIsUnknown() throws IOException {
        Dialog dialog = new Dialog(BOB).subscribe().again(0);

        assertThat(dialog.again(600).answers).containsExactly("200600", "2000", "481");
    }

    @Test
    void changeIsToldToTheUsersSubscribersOnly() throws IOException {
        Dialog phone = new Dialog(BOB).subscribe();
        Dialog tablet = new Dialog(BOB).subscribe();
        Dialog carols = new Dialog(CAROL).subscribe();
        List.of(phone, tablet, carols).forEach(dialog -> dialog.answered(200));
        clock.advance(Duration.ofSeconds(1));
        waiting = 1;

        subscriptions.changed(BOB);
        subscriptions.changed(DAVE);

        assertThat(phone.notifies).containsExactly("NOTIFYactive;expires=600", "NOTIFYactive;expires=599");
        assertThat(tablet.notifies).hasSize(2);
        assertThat(carols.notifies).hasSize(1);
    }

    @Test
    void provisionalAnswerIsNone() throws IOException {
        Dialog dialog = new Dialog(BOB).subscribe();
        clock.advance(Duration.ofSeconds(1));
        waiting = 1;
        dialog.answered(100);

        subscriptions.changed(BOB);
        assertThat(dialog.notifies).hasSize(1);
        dialog.answered(200);

        assertThat(dialog.notifies).hasSize(2);
    }
}
