package im.deferred.session;

import im.deferred.core.RefusedException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.servlet.sip.SipServletMessage;

/** Ends a dialog whose refreshes stay away, where one end has asked for it (RFC 4028). */
final class SessionTimer {

    /** The shortest interval that is taken, in seconds (RFC 4028 §4). */
    static final int MIN_SECONDS = 90;

    private static final String HEADER = "Session-Expires";
    private static final Pattern SYNTAX =
            Pattern.compile("\\s*([0-9]{1,10})\\s*(;.*)?", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern REFRESHER =
            Pattern.compile(";\\s*refresher\\s*=\\s*(uac|uas)\\b", Pattern.CASE_INSENSITIVE);

    /** Who refreshes, as the sender of the request and its recipient are called. */
    enum Refresher {
        UAC,
        UAS
    }

    /**
     * What a Session-Expires header says.
     *
     * @param seconds after which the session is over unless it is refreshed
     */
    private record Interval(long seconds, Optional<Refresher> refresher) {

        /** What a message says of it; one that cannot be read says nothing. */
        static Optional<Interval> in(SipServletMessage message) {
            String value = message.getHeader(HEADER);
            Matcher header = SYNTAX.matcher(value == null ? "" : value);
            if (!header.matches()) {
                return Optional.empty();
            }
            Matcher refresher = REFRESHER.matcher(header.group(2) == null ? "" : header.group(2));
            return Optional.of(new Interval(
                    Long.parseLong(header.group(1)),
                    refresher.find()
                            ? Optional.of(Refresher.valueOf(refresher.group(1).toUpperCase(Locale.ROOT)))
                            : Optional.empty()));
        }

        boolean isTooShort() {
            return seconds < MIN_SECONDS;
        }

        /** Who refreshes when we answer the request that says so: whoever it names, or else its sender if it can (RFC 4028 §9). */
        Refresher answered(SipServletMessage request) {
            return refresher.orElse(supportsTimer(request) ? Refresher.UAC : Refresher.UAS);
        }

        /** Says in the answer to a request what was agreed on (RFC 4028 §9). */
        void answer(SipServletMessage request, SipServletMessage response) {
            Refresher agreed = answered(request);
            response.setHeader(HEADER, seconds + ";refresher=" + agreed.name().toLowerCase(Locale.ROOT));
            if (agreed == Refresher.UAC) {
                response.addHeader("Require", "timer");
            }
        }
    }

    private final ScheduledExecutorService timer;
    private final Runnable refresh;
    private final Runnable expired;
    private Optional<Interval> agreed = Optional.empty();
    private Future<?> refreshing;
    private boolean refreshedAgain;
    private Future<?> expiring;
    private boolean stopped;

    /**
     * @param timer what runs on it is short
     * @param refresh sends a refresh
     * @param expired ends the dialog
     */
    SessionTimer(ScheduledExecutorService timer, Runnable refresh, Runnable expired) {
        this.timer = timer;
        this.refresh = refresh;
        this.expired = expired;
    }

    /** @throws RefusedException 422 when a request asks for too short an interval (RFC 4028 §9) */
    static void check(SipServletMessage request) throws RefusedException {
        if (Interval.in(request).filter(Interval::isTooShort).isPresent()) {
            throw new RefusedException(422, "Session Interval Too Small").with("Min-SE", Integer.toString(MIN_SECONDS));
        }
    }

    /** Agrees in the answer to a request on what that asks for, and begins the time anew. */
    void answer(SipServletMessage request, SipServletMessage ok) {
        ok.setHeader("Supported", "timer");
        Interval.in(request).ifPresent(asked -> {
            asked.answer(request, ok);
            start(asked, asked.answered(request) == Refresher.UAS);
        });
    }

    /** A request of ours was answered: what was agreed on holds from now on. */
    void answered(SipServletMessage ok) {
        Interval.in(ok)
                .ifPresent(said -> start(
                        said, said.refresher().filter(Refresher.UAC::equals).isPresent()));
    }

    /** Says in a refresh of ours that we shall send the next one too. */
    synchronized void refresh(SipServletMessage request) {
        request.setHeader(HEADER, agreed.orElseThrow().seconds() + ";refresher=uac");
        request.setHeader("Supported", "timer");
    }

    /** A refresh of ours failed for now: it is sent once more, and the session is over in time if that fails too. */
    synchronized void refreshAgain(Duration after) {
        if (stopped || refreshedAgain) {
            return;
        }
        refreshedAgain = true;
        cancelRefresh(); // that of an interval agreed on meanwhile
        refreshing = schedule(refresh, after);
    }

    /** RFC 4028 §10: it is over a little before the other end takes it for over. */
    private synchronized void start(Interval interval, boolean weRefresh) {
        cancel();
        if (stopped) {
            return;
        }
        agreed = Optional.of(interval);
        refreshedAgain = false;
        Duration whole = Duration.ofSeconds(interval.seconds());
        if (weRefresh) {
            refreshing = schedule(refresh, whole.dividedBy(2));
        }
        Duration early = Duration.ofSeconds(Math.min(32, interval.seconds() / 3));
        expiring = schedule(expired, whole.minus(early));
    }

    synchronized void stop() {
        stopped = true;
        cancel();
    }

    private Future<?> schedule(Runnable task, Duration after) {
        return timer.schedule(task, after.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void cancel() {
        cancelRefresh();
        if (expiring != null) {
            expiring.cancel(false);
        }
    }

    private void cancelRefresh() {
        if (refreshing != null) {
            refreshing.cancel(false);
        }
    }

    private static boolean supportsTimer(SipServletMessage request) {
        for (Iterator<String> values = request.getHeaders("Supported"); values.hasNext(); ) {
            if (values.next().toLowerCase(Locale.ROOT).matches("(.*[\\s,])?timer([\\s,].*)?")) {
                return true;
            }
        }
        return false;
    }
}
