package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** A user with one device: a SIP client and an MSRP client on free ports, behind the core. */
public final class User implements AutoCloseable, SipEndpoint.Service {

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(40);
    private static final int DEFAULT_EXPIRES = 3600;
    private static final String NO_CALL = "Call/Transaction Does Not Exist";

    private final Core core;
    private final String aor;
    private final String name;
    private final SipEndpoint endpoint;
    private final MsrpClient msrp;
    private final MsrpReceiver receiver;
    private final Inbox<Call> calls;
    private final Inbox<Call> byes;
    private final Inbox<ReceivedMessage> messages;
    private final Inbox<SipMessage> pages;
    private final List<Subscription> subscriptions = new ArrayList<>();
    private final String instance = UUID.randomUUID().toString();
    private final String registrationId = Tokens.fresh(20);
    private final List<ServerTransaction> unansweredPages = new ArrayList<>();
    private final List<OutgoingCall> outgoing = new CopyOnWriteArrayList<>();
    private final Deque<InviteAnswer> answers = new ArrayDeque<>(List.of(InviteAnswer.accept()));
    private long cseq;
    private volatile int pageStatus = 200;
    private volatile boolean gruu;
    private volatile Password password;
    private volatile String features = "+g.oma.sip-im";

    /** A user of the core with this AoR; the user part, with a capital, is the name in the trace. Not registered yet. */
    public User(Core core, String aor) {
        this(core, aor, null);
    }

    /** Another user of that user's device for MSRP, such as a gateway: all sessions with it share its connections. */
    public User(User neighbour, String aor) {
        this(neighbour.core, aor, neighbour.msrp);
    }

    private User(Core core, String aor, MsrpClient shared) {
        this.core = core;
        this.aor = aor;
        String part = SipUri.parse(aor).user();
        name = part.substring(0, 1).toUpperCase(Locale.ROOT) + part.substring(1);
        Trace trace = core.trace();
        calls = new Inbox<>("INVITEs to " + name, trace::tail);
        byes = new Inbox<>("BYEs to " + name, trace::tail);
        messages = new Inbox<>("MSRP messages to " + name, trace::tail);
        pages = new Inbox<>("MESSAGEs to " + name, trace::tail);
        InetSocketAddress any = new InetSocketAddress(core.address().getAddress(), 0);
        endpoint = new SipEndpoint(core.loop(), trace, name, any, this);
        msrp = shared == null ? new MsrpClient(core.loop(), trace, name, any.getAddress()) : shared;
        receiver = new MsrpReceiver(core.loop(), trace, messages);
    }

    /** The AoR. */
    public String aor() {
        return aor;
    }

    /** The name in the trace. */
    public String name() {
        return name;
    }

    /** The feature tags of the contact, {@code +g.oma.sip-im} unless set; empty for none. */
    public User features(String tags) {
        features = tags;
        return this;
    }

    /** Shows that password to a core that asks for one. A first INVITE is not sent again: another request must have been asked before. */
    public User password(String secret) {
        password = new Password(SipUri.parse(aor).user(), secret);
        return this;
    }

    /** Asks for GRUUs (RFC 5627) when it registers. */
    public User supportsGruu() {
        gruu = true;
        return this;
    }

    /** Registers, or refreshes the registration, for an hour; returns the core's answer. */
    public SipMessage register() {
        return register(DEFAULT_EXPIRES);
    }

    /** Registers for so many seconds; 0 ends the registration of this device. */
    public SipMessage register(int seconds) {
        SipMessage register = request("REGISTER", "sip:" + SipUri.parse(aor).host(), aor)
                .with("Call-ID", registrationId)
                .with("CSeq", core.loop().call(() -> cseq += 2) - 1 + " REGISTER")
                .add("Expires", Integer.toString(seconds))
                .add(
                        "Contact",
                        "<" + contactUri() + ">" + (features.isEmpty() ? "" : ";" + features)
                                + ";+sip.instance=\"<urn:uuid:" + instance + ">\"");
        return Loop.join(send(gruu ? register.add("Supported", "gruu") : register, Transport.UDP), ANSWER_LIMIT);
    }

    /** Ends the registration of this device. */
    public SipMessage deregister() {
        return register(0);
    }

    /** Begins a SIP MESSAGE to the AoR. */
    public Draft write(String to) {
        return new Draft(this, request("MESSAGE", to, to), Transport.UDP);
    }

    /** Subscribes to what waits for this user for so many seconds (RFC 3842). */
    public Subscription subscribe(int seconds) {
        return subscribe(summary().add("Expires", Integer.toString(seconds)));
    }

    /** A SUBSCRIBE to what waits for this user, without Expires. */
    public SipMessage summary() {
        return request("SUBSCRIBE", aor, aor)
                .add("Event", "message-summary")
                .add("Accept", "application/simple-message-summary")
                .add("Contact", "<" + contactUri() + ">");
    }

    /** Sends this SUBSCRIBE, and takes the NOTIFYs that come of it. */
    public Subscription subscribe(SipMessage subscribe) {
        Subscription subscription = new Subscription(this, subscribe);
        core.loop().run(() -> subscriptions.add(subscription));
        return subscription.begin();
    }

    /** Sends any request as it is, but for the Via, to the core, and returns the final answer. */
    public SipMessage request(SipMessage request) {
        return Loop.join(send(request, Transport.UDP), ANSWER_LIMIT);
    }

    /** Begins an INVITE to the AoR. */
    public Invitation invite(String to) {
        return new Invitation(
                this,
                request("INVITE", to, to).add("Contact", "<" + contactUri() + ">"),
                core.loop().call(msrp::freshUri));
    }

    OutgoingCall call(SipMessage unsigned, MsrpUri local) {
        SipMessage invite = signed(unsigned);
        OutgoingCall call = new OutgoingCall(this, invite, local);
        Hop hop = hop(invite, Transport.UDP);
        core.loop().run(() -> {
            outgoing.add(call);
            call.start(endpoint.send(invite, hop, call::responded));
        });
        return call;
    }

    /** The sessions that this user opened. */
    public List<OutgoingCall> outgoing() {
        return List.copyOf(outgoing);
    }

    /** Sends a request in the dialog, made on the loop's thread, and waits for its final response. */
    SipMessage ask(Dialog dialog, Supplier<SipMessage> request) {
        return Loop.join(core.loop().call(() -> send(request.get(), dialog.hop())), ANSWER_LIMIT);
    }

    void acknowledge(Dialog dialog) {
        endpoint.sendOnce(dialog.request("ACK"), dialog.hop());
    }

    private SipMessage request(String method, String uri, String to) {
        return SipMessage.request(method, uri)
                .add("Max-Forwards", "70")
                .add("Route", "<" + core.routeUri() + ">")
                .add("From", "\"" + name + "\" <" + aor + ">;tag=" + Tokens.fresh(8))
                .add("To", "<" + to + ">")
                .add("Call-ID", Tokens.fresh(20))
                .add("CSeq", "1 " + method);
    }

    CompletableFuture<SipMessage> send(SipMessage request, Transport transport) {
        return send(request, hop(request, transport));
    }

    private Hop hop(SipMessage request, Transport transport) {
        return Hop.of(SipUri.parse(core.uri()), transport, request.toBytes().length)
                .orElseThrow();
    }

    CompletableFuture<SipMessage> send(SipMessage request, Hop hop) {
        CompletableFuture<SipMessage> answer = new CompletableFuture<>();
        core.loop()
                .execute(() -> endpoint.send(signed(request), hop, response -> {
                    if (response.status() >= 200) {
                        answer.complete(response);
                    }
                }));
        return answer.thenCompose(response -> isNewlyAsked(request, response)
                ? send(again(request), hop)
                : CompletableFuture.completedFuture(response));
    }

    private SipMessage signed(SipMessage request) {
        return password == null ? request : password.sign(request);
    }

    /** Whether the core asks for the password; a request that was sent again is not sent a third time. */
    private boolean isNewlyAsked(SipMessage request, SipMessage response) {
        return password != null && password.isAskedBy(response) && cseq(request) % 2 == 1;
    }

    private static SipMessage again(SipMessage request) {
        return request.with("CSeq", cseq(request) + 1 + " " + request.method());
    }

    private static long cseq(SipMessage request) {
        return Long.parseLong(request.need("CSeq").split(" ")[0]);
    }

    /** Answers the coming INVITEs in turn like this; the last answer stays for all that follow. */
    public User answerWith(InviteAnswer... inTurn) {
        core.loop().run(() -> {
            answers.clear();
            answers.addAll(List.of(inTurn));
        });
        return this;
    }

    /** Treats MSRP messages like this from now on, and counts them anew. */
    public User msrp(MsrpBehaviour behaviour) {
        core.loop().run(() -> receiver.behave(behaviour));
        return this;
    }

    /** Sends the MSRP answers that were held, and holds no more. */
    public void release() {
        core.loop().run(receiver::release);
    }

    /** Answers page-mode MESSAGEs with this status, 200 unless set; 0 for no answer. */
    public User answerPages(int status) {
        pageStatus = status;
        return this;
    }

    /** Answers the page-mode MESSAGEs that got no answer yet, and all that follow, with this status. */
    public void releasePages(int status) {
        core.loop().run(() -> {
            pageStatus = status;
            unansweredPages.forEach(this::answerPage);
            unansweredPages.clear();
        });
    }

    private void answerPage(ServerTransaction page) {
        page.respond(pageStatus, pageStatus == 200 ? "OK" : "Refused");
    }

    /** The INVITEs that came. */
    public Inbox<Call> calls() {
        return calls;
    }

    /** Waits for the next INVITE that was not yet returned here. */
    public Call awaitCall(Duration limit) {
        return calls.next(limit);
    }

    /** Waits for the next BYE from the other side that was not yet returned here, and returns what it ended. */
    public Call awaitBye(Duration limit) {
        return byes.next(limit);
    }

    /** The BYEs that came, each as the call it ended. */
    public Inbox<Call> byes() {
        return byes;
    }

    /** The whole messages that came over MSRP, answered or not, in order. */
    public Inbox<ReceivedMessage> messages() {
        return messages;
    }

    /** Waits until so many messages came over MSRP in all, and returns them. */
    public List<ReceivedMessage> awaitMessages(int count, Duration limit) {
        return messages.await(count, limit);
    }

    /** The page-mode MESSAGEs that came. */
    public Inbox<SipMessage> pages() {
        return pages;
    }

    /** Waits until so many page-mode MESSAGEs came in all, and returns them. */
    public List<SipMessage> awaitPages(int count, Duration limit) {
        return pages.await(count, limit);
    }

    @Override
    public void requested(ServerTransaction transaction) {
        SipMessage request = transaction.request();
        Optional<OutgoingCall> own =
                outgoing.stream().filter(call -> call.isOf(request)).findFirst();
        if (own.isPresent()) {
            own.get().requested(transaction);
            return;
        }
        switch (request.method()) {
            case "INVITE", "UPDATE" -> {
                Optional<Call> known = call(request);
                if (known.isPresent()) {
                    known.get().refreshed(transaction);
                } else if (request.method().equals("INVITE")
                        && request.to().tag().isEmpty()) {
                    invited(transaction);
                } else {
                    transaction.respond(481, NO_CALL);
                }
            }
            case "BYE" -> {
                Optional<Call> known = call(request);
                transaction.respond(known.isPresent() ? 200 : 481, known.isPresent() ? "OK" : NO_CALL);
                known.ifPresent(call -> {
                    call.ended();
                    byes.add(call);
                });
            }
            case "MESSAGE" -> {
                pages.add(request);
                if (pageStatus != 0) {
                    answerPage(transaction);
                } else {
                    unansweredPages.add(transaction);
                }
            }
            case "NOTIFY" ->
                subscriptions.stream()
                        .filter(subscription -> subscription.isIn(request))
                        .findFirst()
                        .ifPresentOrElse(
                                subscription -> subscription.notified(transaction),
                                () -> transaction.respond(481, "Subscription Does Not Exist"));
            case "OPTIONS" -> transaction.respond(200, "OK");
            default -> transaction.respond(405, "Method Not Allowed");
        }
    }

    private void invited(ServerTransaction transaction) {
        Call call = new Call(this, transaction);
        call.answer(answers.size() > 1 ? answers.poll() : answers.peek());
        calls.add(call);
    }

    @Override
    public void acknowledged(SipMessage ack) {
        call(ack).ifPresent(Call::acknowledged);
    }

    @Override
    public void cancelled(ServerTransaction invite) {
        calls.all().stream().filter(call -> call.belongsTo(invite)).forEach(Call::cancelled);
    }

    /** The call in whose dialog the request is: by Call-ID and our own tag. */
    private Optional<Call> call(SipMessage request) {
        List<Call> newestFirst = new ArrayList<>(calls.all());
        Collections.reverse(newestFirst);
        return newestFirst.stream()
                .filter(call -> call.state() == Call.State.ANSWERED || call.state() == Call.State.CONFIRMED)
                .filter(call -> call.invite().callId().equals(request.callId()))
                .filter(call -> tagFor(call.invite()).equals(request.to().tag()))
                .findFirst();
    }

    /** Our tag in the dialog of this INVITE: the same in each response to it, another on each device. */
    String tagFor(SipMessage invite) {
        return UUID.nameUUIDFromBytes((instance + invite.callId()).getBytes(UTF_8))
                .toString();
    }

    SipMessage hangUp(Call call) {
        return Loop.join(core.loop().call(() -> send(call.bye(), call.hop())), ANSWER_LIMIT);
    }

    void received(Call call, MsrpSession session, MsrpFrame frame) {
        receiver.received(call, session, frame);
    }

    Trace trace() {
        return core.trace();
    }

    Loop loop() {
        return core.loop();
    }

    MsrpClient msrp() {
        return msrp;
    }

    String contactUri() {
        return "sip:" + SipUri.parse(aor).user() + "@" + endpoint.transport().hostPort();
    }

    /** Closes the sockets without a word to the core: the device is gone, its registration is not. */
    @Override
    public void close() {
        endpoint.close();
        msrp.close();
    }
}
