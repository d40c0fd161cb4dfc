package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** An INVITE that came to a user, and the session that grew from it. */
public final class Call implements MsrpSession.Handler {

    /** How far it has come. */
    public enum State {
        /** No final answer yet. */
        RINGING,
        /** 200 sent, no ACK yet. */
        ANSWERED,
        /** ACK came. */
        CONFIRMED,
        /** Refused by the user. */
        REFUSED,
        /** Cancelled by the caller. */
        CANCELLED,
        /** Ended by a BYE of either side. */
        ENDED
    }

    private final User user;
    private final ServerTransaction transaction;
    private final Sdp offer;
    private final Inbox<State> states;
    private volatile State state;
    private volatile boolean broken;
    private SipMessage response;
    private boolean active;
    private Dialog dialog;
    private MsrpSession session;

    Call(User user, ServerTransaction transaction) {
        this.user = user;
        this.transaction = transaction;
        offer = Sdp.parse(transaction.request().text());
        states = new Inbox<>("states of the call " + transaction.request().callId(), user.trace()::tail);
        become(State.RINGING);
    }

    /** The INVITE as it came. */
    public SipMessage invite() {
        return transaction.request();
    }

    /** The SDP of the INVITE. */
    public Sdp offer() {
        return offer;
    }

    /** How far it has come. */
    public State state() {
        return state;
    }

    private void become(State next) {
        state = next;
        states.add(next);
    }

    /** Waits until it has come so far; returns at once where it was so before. */
    public Call awaitState(State wanted, Duration limit) {
        states.await(wanted::equals, wanted.toString(), limit);
        return this;
    }

    /** Whether the MSRP connection was lost before the BYE. */
    public boolean isBroken() {
        return broken;
    }

    boolean belongsTo(ServerTransaction invite) {
        return transaction == invite;
    }

    /** Does with the INVITE what the answer says. */
    void answer(InviteAnswer answer) {
        if (answer.status() == 0) {
            return;
        }
        if (answer.status() < 200) {
            transaction.respond(tagged(answer, "Ringing"));
        } else if (answer.status() < 300) {
            try {
                accept(answer);
            } catch (IllegalArgumentException e) {
                user.trace().problem(user.name() + " cannot accept the INVITE: " + e.getMessage());
                refuse(InviteAnswer.refuse(488));
            }
        } else {
            refuse(answer);
        }
    }

    private void refuse(InviteAnswer answer) {
        become(State.REFUSED);
        transaction.respond(tagged(answer, "Refused"));
    }

    private void accept(InviteAnswer answer) {
        List<MsrpUri> remote = offer.path();
        MsrpUri local = user.msrp().freshUri();
        String role = answer.roleFor(offer.attribute("setup").orElse(""));
        session = user.msrp().open(local, remote, peerName(), this);
        response = tagged(answer, "OK")
                .add("Contact", "<" + user.contactUri() + ">")
                .withBody("application/sdp", sdp(answer, local, role).getBytes(UTF_8));
        for (String route : invite().all("Record-Route")) {
            response = response.add("Record-Route", route);
        }
        dialog = Dialog.answering(invite(), response);
        become(State.ANSWERED);
        transaction.respond(response);
        repeatUntilAcknowledged(ClientTransaction.T1, Duration.ZERO);
        active = role.equals("active");
        if (active && answer.early()) {
            connect();
        }
    }

    private String peerName() {
        return SipAddress.parse(invite().need("Contact"))
                .sipUri()
                .address()
                .map(user.trace()::nameOf)
                .orElse("caller");
    }

    private SipMessage tagged(InviteAnswer answer, String reason) {
        SipMessage tagged = SipMessage.response(invite(), answer.status(), reason);
        for (Header header : answer.headers()) {
            tagged = tagged.add(header.name(), header.value());
        }
        return tagged.with("To", invite().need("To") + ";tag=" + user.tagFor(invite()));
    }

    private String sdp(InviteAnswer answer, MsrpUri local, String role) {
        int port = role.equals("active") ? 9 : local.port(); // RFC 4145 §4: port 9 for the end that connects
        String text = "v=0\r\n"
                + "o=- 1 1 IN IP4 " + local.host() + "\r\n"
                + "s=-\r\n"
                + "c=IN IP4 " + local.host() + "\r\n"
                + "t=0 0\r\n"
                + "m=message " + port + " TCP/MSRP *\r\n"
                + "a=path:" + local + "\r\n"
                + "a=accept-types:" + answer.acceptTypes() + "\r\n"
                + (answer.wrappedTypes().isEmpty() ? "" : "a=accept-wrapped-types:" + answer.wrappedTypes() + "\r\n")
                + (answer.maxSize() == 0 ? "" : "a=max-size:" + answer.maxSize() + "\r\n")
                + (offer.attribute("setup").isPresent() ? "a=setup:" + role + "\r\n" : "")
                + (offer.attribute("sendonly").isPresent() ? "a=recvonly\r\n" : "");
        return answer.edit().apply(text);
    }

    /** RFC 3261 §13.3.1.4: the 2xx goes out again until its ACK comes. */
    private void repeatUntilAcknowledged(Duration wait, Duration waited) {
        user.loop().after(wait, () -> {
            Duration total = waited.plus(wait);
            if (state == State.ANSWERED && total.compareTo(ClientTransaction.LIFE) < 0) {
                transaction.respond(response);
                Duration twice = wait.multipliedBy(2);
                repeatUntilAcknowledged(
                        twice.compareTo(ClientTransaction.T2) < 0 ? twice : ClientTransaction.T2, total);
            }
        });
    }

    void acknowledged() {
        if (state == State.ANSWERED) {
            become(State.CONFIRMED);
            if (active && session.link() == null) {
                connect();
            }
        }
    }

    private void connect() {
        try {
            session.connect();
        } catch (IOException e) {
            user.trace().problem(user.name() + " cannot connect: " + e.getMessage());
            broken(session);
        }
    }

    /** A re-INVITE or UPDATE: nothing changes, so the answer is the one that holds. */
    void refreshed(ServerTransaction refresh) {
        SipMessage ok = SipMessage.response(refresh.request(), 200, "OK").add("Contact", "<" + user.contactUri() + ">");
        boolean offered = refresh.request().body().length > 0
                || refresh.request().method().equals("INVITE");
        refresh.respond(offered ? ok.withBody("application/sdp", response.body()) : ok);
    }

    void cancelled() {
        become(State.CANCELLED);
        transaction.respond(SipMessage.response(invite(), 487, "Request Terminated")
                .with("To", invite().need("To") + ";tag=" + user.tagFor(invite())));
    }

    void ended() {
        become(State.ENDED);
        session.close();
    }

    /** Sends a text in the session, in one chunk. */
    public MsrpSent send(String text) {
        return send("text/plain;charset=UTF-8", text.getBytes(UTF_8), 2048);
    }

    /** Sends a message in the session, in chunks of so many octets; {@code headers} are names and values in turn. */
    public MsrpSent send(String type, byte[] body, int chunk, String... headers) {
        return user.loop().call(() -> session.send(Tokens.fresh(16), type, body, chunk, user.trace()::tail, headers));
    }

    /** Closes the connection without a word. */
    public void cut() {
        user.loop().run(session::cut);
    }

    /** A re-INVITE with this SDP, or with that of the 200 where it is null; ACKed when it is answered 200. */
    public SipMessage reinvite(String sdp) {
        SipMessage answer = user.ask(
                dialog,
                () -> dialog.request("INVITE")
                        .add("Contact", "<" + user.contactUri() + ">")
                        .withBody("application/sdp", sdp == null ? response.body() : sdp.getBytes(UTF_8)));
        if (answer.isSuccess()) {
            user.loop().run(() -> user.acknowledge(dialog));
        }
        return answer;
    }

    /** Ends the session from the client's side; returns the answer to the BYE. */
    public SipMessage hangUp() {
        SipMessage answer = user.hangUp(this);
        user.loop().run(session::close); // not before: a server that saw it closed first would say BYE itself
        return answer;
    }

    SipMessage bye() {
        become(State.ENDED);
        return dialog.request("BYE");
    }

    Hop hop() {
        return dialog.hop();
    }

    @Override
    public void requested(MsrpSession on, MsrpFrame request) {
        user.received(this, on, request);
    }

    @Override
    public void broken(MsrpSession on) {
        broken = state != State.ENDED;
    }

    @Override
    public String toString() {
        return invite().callId() + " " + state + (broken ? ", connection lost" : "");
    }
}
