package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;

/** An INVITE of a user's own, and the session that grows from it. */
public final class OutgoingCall implements MsrpSession.Handler {

    /** How far it has come. */
    public enum State {
        /** No final answer yet. */
        CALLING,
        /** A 200 came, and was ACKed. */
        CONFIRMED,
        /** The session has its connection. */
        CONNECTED,
        /** Refused, or cancelled. */
        FAILED,
        /** Ended by a BYE of either side. */
        ENDED
    }

    private final User user;
    private final SipMessage invite;
    private final MsrpUri local;
    private final Inbox<State> states;
    private final Inbox<SipMessage> responses;
    private final Inbox<ReceivedMessage> messages;
    private final Inbox<SipMessage> requests;
    private final MsrpReceiver receiver;
    private volatile State state;
    private volatile boolean broken;
    private ClientTransaction transaction;
    private Dialog dialog;
    private MsrpSession session;

    OutgoingCall(User user, SipMessage invite, MsrpUri local) {
        this.user = user;
        this.invite = invite;
        this.local = local;
        String id = invite.callId();
        states = new Inbox<>("states of the call " + id, user.trace()::tail);
        responses = new Inbox<>("responses to the INVITE " + id, user.trace()::tail);
        messages = new Inbox<>("MSRP messages in the call " + id, user.trace()::tail);
        requests = new Inbox<>("requests in the call " + id, user.trace()::tail);
        receiver = new MsrpReceiver(user.loop(), user.trace(), messages);
        become(State.CALLING);
    }

    void start(ClientTransaction sending) {
        transaction = sending;
    }

    /** The INVITE as it was sent, but for its Via. */
    public SipMessage invite() {
        return invite;
    }

    /** The responses that came. */
    public Inbox<SipMessage> responses() {
        return responses;
    }

    /** The requests that came in the dialog, with BYE. */
    public Inbox<SipMessage> requests() {
        return requests;
    }

    /** The messages that the other side sent in the session. */
    public Inbox<ReceivedMessage> messages() {
        return messages;
    }

    /** Treats the other side's messages like this from now on. */
    public OutgoingCall msrp(MsrpBehaviour behaviour) {
        user.loop().run(() -> receiver.behave(behaviour));
        return this;
    }

    /** Waits for the final response. */
    public SipMessage awaitAnswer(Duration limit) {
        return responses.await(response -> response.status() >= 200, "that are final", limit);
    }

    /** Waits for the session: an answer of 200, and the connection. */
    public OutgoingCall awaitConnected(Duration limit) {
        return awaitState(State.CONNECTED, limit);
    }

    /** Waits until it has come so far; returns at once where it was so before. */
    public OutgoingCall awaitState(State wanted, Duration limit) {
        states.await(wanted::equals, wanted.toString(), limit);
        return this;
    }

    /** How far it has come. */
    public State state() {
        return state;
    }

    /** Whether the MSRP connection was lost before the BYE. */
    public boolean isBroken() {
        return broken;
    }

    /** The SDP of the 200. */
    public Sdp answer() {
        return Sdp.parse(responses.all().stream()
                .filter(SipMessage::isSuccess)
                .findFirst()
                .orElseThrow()
                .text());
    }

    private void become(State next) {
        state = next;
        states.add(next);
    }

    void responded(SipMessage response) {
        responses.add(response);
        if (response.isSuccess()) {
            answered(response);
        } else if (response.status() >= 300) {
            become(State.FAILED);
        }
    }

    private void answered(SipMessage ok) {
        if (dialog != null) {
            user.acknowledge(dialog); // sent again, since the ACK was lost
            return;
        }
        dialog = Dialog.asking(invite, ok);
        user.acknowledge(dialog);
        become(State.CONFIRMED);
        Sdp sdp = Sdp.parse(ok.text());
        session = user.msrp().open(local, sdp.path(), "AS", this);
        if (!sdp.attribute("setup").filter("active"::equals).isPresent()) {
            try {
                session.connect();
                become(State.CONNECTED);
            } catch (IOException e) {
                user.trace().problem(user.name() + " cannot connect: " + e.getMessage());
            }
        }
    }

    /** Sends a text in one chunk. */
    public MsrpSent send(String text) {
        return send("text/plain;charset=UTF-8", text.getBytes(UTF_8), 2048);
    }

    /** Sends a message in chunks of so many octets. */
    public MsrpSent send(String type, byte[] body, int chunk, String... headers) {
        return user.loop().call(() -> session.send(Tokens.fresh(16), type, body, chunk, user.trace()::tail, headers));
    }

    /** Sends the beginning of a message and then nothing more of it. */
    public void sendBeginning(String type, byte[] body) {
        user.loop().run(() -> session.sendBeginning(Tokens.fresh(16), type, body));
    }

    /** Cancels the INVITE. */
    public void cancel() {
        user.loop().run(transaction::cancel);
    }

    /** Ends the session; returns the answer to the BYE. */
    public SipMessage hangUp() {
        user.loop().run(() -> become(State.ENDED));
        SipMessage answer = request("BYE", null);
        user.loop().run(session::close);
        return answer;
    }

    /** Closes the connection without a word. */
    public void cut() {
        user.loop().run(session::cut);
    }

    /** A re-INVITE with this SDP, or with that of the INVITE where it is null; ACKed when it is answered 200. */
    public SipMessage reinvite(String sdp, String... headers) {
        SipMessage answer = request("INVITE", sdp == null ? invite.text() : sdp, headers);
        if (answer.isSuccess()) {
            user.loop().run(() -> user.acknowledge(dialog));
        }
        return answer;
    }

    /** An UPDATE without SDP. */
    public SipMessage update(String... headers) {
        return request("UPDATE", null, headers);
    }

    private SipMessage request(String method, String sdp, String... headers) {
        return user.ask(dialog, () -> {
            SipMessage request = dialog.request(method).add("Contact", "<" + user.contactUri() + ">");
            for (int i = 0; i < headers.length; i += 2) {
                request = request.add(headers[i], headers[i + 1]);
            }
            return sdp == null ? request : request.withBody("application/sdp", sdp.getBytes(UTF_8));
        });
    }

    boolean isOf(SipMessage request) {
        return request.callId().equals(invite.callId())
                && request.to().tag().equals(invite.from().tag());
    }

    void requested(ServerTransaction transaction) {
        SipMessage request = transaction.request();
        requests.add(request);
        SipMessage ok = SipMessage.response(request, 200, "OK").add("Contact", "<" + user.contactUri() + ">");
        transaction.respond(request.method().equals("INVITE") ? ok.withBody("application/sdp", invite.body()) : ok);
        if (request.method().equals("BYE") && state != State.ENDED) {
            become(State.ENDED);
            session.close();
        }
    }

    @Override
    public void requested(MsrpSession on, MsrpFrame request) {
        if (state == State.CONFIRMED) {
            become(State.CONNECTED);
        }
        receiver.received(null, on, request);
    }

    @Override
    public void broken(MsrpSession on) {
        broken = state != State.ENDED;
    }

    @Override
    public String toString() {
        return invite.callId() + " " + state + (broken ? ", connection lost" : "");
    }
}
