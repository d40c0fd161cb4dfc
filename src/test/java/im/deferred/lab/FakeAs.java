package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A stand-in for the IM server, with which the lab proves itself: just enough to play the flow, and to play it wrongly. */
final class FakeAs implements AutoCloseable, SipEndpoint.Service {

    private static final Duration IDLE = Duration.ofMillis(50);
    private static final int CHUNK = 8192;

    private final Clock clock = Clock.systemUTC();
    private final Trace trace = new Trace(clock);
    private final Loop loop = new Loop("fake-as", trace::failure);
    private final SipEndpoint endpoint;
    private final MsrpClient msrp;
    private volatile String coreUri;
    private final Inbox<String> delivered = new Inbox<>("deliveries", trace::tail);
    private final Map<String, Map<String, SipMessage>> stored = new HashMap<>();
    private final Set<String> flaws;

    /** Each flaw is something that it does not do: {@code bye}, {@code date}, {@code push}. */
    FakeAs(String... flaws) {
        this.flaws = Set.of(flaws);
        InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
        endpoint = new SipEndpoint(loop, trace, "AS", any, this);
        msrp = new MsrpClient(loop, trace, "AS", any.getAddress());
    }

    /** Sends its requests through the core at this URI. */
    FakeAs through(String uri) {
        coreUri = uri;
        return this;
    }

    InetSocketAddress address() {
        return endpoint.transport().address();
    }

    /** The Message-IDs of what was answered 200. */
    Inbox<String> delivered() {
        return delivered;
    }

    /** How many messages wait for the AoR. */
    int waiting(String aor) {
        return loop.call(() -> stored.getOrDefault(aor, Map.of()).size());
    }

    @Override
    public void requested(ServerTransaction transaction) {
        SipMessage request = transaction.request();
        String aor = request.to().sipUri().aor();
        switch (request.method()) {
            case "MESSAGE" -> {
                stored.computeIfAbsent(aor, ignored -> new LinkedHashMap<>()).put(Tokens.fresh(16), deferred(request));
                transaction.respond(202, "Accepted");
            }
            case "REGISTER" -> {
                transaction.respond(200, "OK");
                boolean waiting = !stored.getOrDefault(aor, Map.of()).isEmpty();
                if (waiting && !request.need("Expires").equals("0") && !flaws.contains("push")) {
                    new Push(aor).invite();
                }
            }
            default -> transaction.respond(405, "Method Not Allowed");
        }
    }

    private SipMessage deferred(SipMessage request) {
        SipMessage kept = request;
        for (String hopByHop : List.of("Via", "Route", "Record-Route", "Max-Forwards", "Contact", "Content-Length")) {
            kept = kept.without(hopByHop);
        }
        return kept.add("Date", date());
    }

    private String date() {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(clock.instant().atOffset(ZoneOffset.UTC));
    }

    @Override
    public void acknowledged(SipMessage ack) {}

    @Override
    public void cancelled(ServerTransaction invite) {}

    @Override
    public void close() {
        endpoint.close();
        msrp.close();
        loop.close();
    }

    /** One push, steps 2 to 13. */
    private final class Push implements MsrpSession.Handler {

        private final String aor;
        private final MsrpUri local = msrp.freshUri();
        private final List<Integer> open = new ArrayList<>();
        private Dialog dialog;
        private boolean started;
        private boolean ended;

        private Push(String aor) {
            this.aor = aor;
        }

        void invite() {
            String sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                    + "m=message " + local.port() + " TCP/MSRP *\r\na=path:" + local
                    + "\r\na=accept-types:*\r\na=sendonly\r\na=setup:actpass\r\n";
            SipMessage invite = SipMessage.request("INVITE", aor)
                    .add("Max-Forwards", "70")
                    .add("Route", "<" + coreUri + ">")
                    .add("From", "<sip:im-server@example.test>;tag=" + Tokens.fresh(8))
                    .add("To", "<" + aor + ">")
                    .add("Call-ID", Tokens.fresh(20))
                    .add("CSeq", "1 INVITE")
                    .add("Contact", "<sip:" + endpoint.transport().hostPort() + ">")
                    .withBody("application/sdp", sdp.getBytes(UTF_8));
            Hop core = Hop.of(SipUri.parse(coreUri), Transport.UDP, 0).orElseThrow();
            endpoint.send(invite, core, response -> {
                if (response.isSuccess() && dialog == null) {
                    answered(invite, response);
                }
            });
        }

        private void answered(SipMessage invite, SipMessage ok) {
            dialog = Dialog.asking(invite, ok);
            endpoint.sendOnce(dialog.request("ACK"), dialog.hop());
            Sdp answer = Sdp.parse(ok.text());
            MsrpSession session = msrp.open(local, answer.path(), "Client", this);
            if (answer.attribute("setup").orElseThrow().equals("passive")) {
                try {
                    session.connect();
                    sendAll(session);
                } catch (IOException e) {
                    trace.failure(e);
                }
            }
        }

        private void sendAll(MsrpSession session) {
            if (started) {
                return;
            }
            started = true;
            Map<String, SipMessage> waiting = stored.get(aor);
            new LinkedHashMap<>(waiting).forEach((id, message) -> {
                Headers headers = flaws.contains("date") ? Headers.NONE : Headers.NONE.add("Date", date());
                byte[] content = message.toBytes();
                int chunks = (content.length + CHUNK - 1) / CHUNK;
                List<Integer> statuses = new ArrayList<>();
                open.add(chunks);
                session.send(id, headers, "message/sip", content, CHUNK, status -> {
                    statuses.add(status);
                    if (statuses.size() == chunks) {
                        open.remove(0);
                        if (statuses.stream().allMatch(one -> one == 200)) {
                            waiting.remove(id);
                            delivered.add(id);
                        }
                        endWhenQuiet(session);
                    }
                });
            });
        }

        private void endWhenQuiet(MsrpSession session) {
            if (open.isEmpty() && !flaws.contains("bye")) {
                loop.after(IDLE, () -> end(session));
            }
        }

        private void end(MsrpSession session) {
            if (!ended) {
                ended = true;
                endpoint.send(dialog.request("BYE"), dialog.hop(), ignored -> session.close());
            }
        }

        @Override
        public void requested(MsrpSession session, MsrpFrame request) {
            session.respond(request, 200, "OK");
            sendAll(session);
        }

        @Override
        public void broken(MsrpSession session) {
            end(session);
        }
    }
}
