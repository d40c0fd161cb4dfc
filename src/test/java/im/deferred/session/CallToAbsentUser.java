package im.deferred.session;

import im.deferred.core.Aor;
import im.deferred.core.ManualTimer;
import im.deferred.core.RefusedException;
import im.deferred.message.Header;
import im.deferred.message.MessageStore;
import im.deferred.message.Outlet;
import im.deferred.message.SendingSession;
import im.deferred.message.Spools;
import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.MsrpAgreement;
import im.deferred.msrp.MsrpSession;
import im.deferred.msrp.MsrpUri;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;

/** A session to a user who is not there, as it is once it is established: below its connection and its dialog, which are no part of it. */
public final class CallToAbsentUser {

    private static final MsrpUri OURS = MsrpUri.parse("msrp://im.example.test:2855/ours;tcp");
    private static final String OFFER = """
            v=0\r
            t=0 0\r
            m=message 2855 TCP/MSRP *\r
            a=path:msrp://alice.example.test:2855/theirs;tcp\r
            a=setup:passive\r
            a=accept-types:*\r
            """;

    private final Spools spools;
    private final MessageStore store;
    private final Outlet outlet;
    private final Clock clock;
    private final Duration lifetime;
    private final Executor workers;

    /**
     * What all such sessions have in common.
     *
     * @param workers run what may block, and what follows a commit
     */
    public CallToAbsentUser(
            Spools spools, MessageStore store, Outlet outlet, Clock clock, Duration lifetime, Executor workers) {
        this.spools = spools;
        this.store = store;
        this.outlet = outlet;
        this.clock = clock;
        this.lifetime = lifetime;
        this.workers = workers;
    }

    /**
     * One session.
     *
     * @param status with which the user's own INVITE failed, 0 if there was none
     * @param maxSize of a message, in octets
     * @param window how many whole messages may be on their way at once
     * @return takes what its connection brings
     */
    public IncomingHandler open(Aor recipient, String callId, int status, long maxSize, int window) {
        String sender = "sip:alice@example.test";
        SendingSession session = new SendingSession(
                recipient,
                sender,
                callId,
                List.of(new Header("From", "<" + sender + ">;tag=a1"), new Header("To", "<" + recipient.uri() + ">")));
        ManualTimer timer = new ManualTimer();
        AnsweredSession caller = answered(timer, maxSize);
        Deferral deferral = new Deferral(store, outlet, clock, lifetime, workers);
        Absence absence =
                new Absence(session, caller, deferral, status, new Idle(timer, Duration.ofMinutes(10), caller));
        return new Intake(spools, maxSize, window, workers, absence);
    }

    private static AnsweredSession answered(ManualTimer timer, long maxSize) {
        try {
            FakeInvite sip = new FakeInvite(OFFER);
            AnsweredSession caller = new AnsweredSession(sip.request, CallToAbsentUser::noConnection, timer);
            caller.attach(sip.session);
            LocalMedia said = LocalMedia.answering(caller.offer(), LocalEnd.at(OURS), Terms.taking(maxSize), List.of());
            caller.answer(new Description(said, 1), IncomingHandler.REFUSE_ALL);
            return caller;
        } catch (RefusedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The server would connect after the ACK, which does not come. */
    private static MsrpSession noConnection(MsrpAgreement agreement) {
        throw new UnsupportedOperationException();
    }
}
