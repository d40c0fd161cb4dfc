package im.deferred.lab;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What the core and every user stand on: one SIP address with its transactions. All of it runs on the loop's thread. */
final class SipEndpoint implements AutoCloseable, SipTransport.Receiver {

    private static final String MAGIC = "z9hG4bK"; // RFC 3261 §8.1.1.7

    /** Who answers the requests. */
    interface Service {

        /** A new request; the service answers it now or later. */
        void requested(ServerTransaction transaction);

        /** The ACK of a 2xx, which has no transaction. */
        void acknowledged(SipMessage ack);

        /** A CANCEL came for an INVITE that has no final response yet; the CANCEL itself is answered. */
        void cancelled(ServerTransaction invite);
    }

    private final Loop loop;
    private final Service service;
    private final SipTransport transport;
    private final Map<String, ClientTransaction> clients = new HashMap<>();
    private final Map<String, ServerTransaction> servers = new HashMap<>();

    SipEndpoint(Loop loop, Trace trace, String name, InetSocketAddress bind, Service service) {
        this.loop = loop;
        this.service = service;
        transport = new SipTransport(loop, trace, name, bind, this);
    }

    Loop loop() {
        return loop;
    }

    SipTransport transport() {
        return transport;
    }

    /** Sends the request in a transaction of its own; without an answer, the responses end with a 408 or 503 made here. */
    ClientTransaction send(SipMessage request, Hop hop, Consumer<SipMessage> responses) {
        return sendWithOwnVia(withVia(request, hop), hop, responses);
    }

    ClientTransaction sendWithOwnVia(SipMessage request, Hop hop, Consumer<SipMessage> responses) {
        ClientTransaction transaction = new ClientTransaction(this, request, hop, responses);
        clients.put(clientKey(request), transaction);
        transaction.start();
        return transaction;
    }

    /** Sends an ACK of a 2xx: no transaction, no answer. */
    void sendOnce(SipMessage ack, Hop hop) {
        transport.send(withVia(ack, hop), hop);
    }

    private SipMessage withVia(SipMessage request, Hop hop) {
        return request.push(
                "Via",
                "SIP/2.0/" + hop.transport() + " " + transport.hostPort() + ";branch=" + MAGIC + Tokens.fresh(16)
                        + ";rport");
    }

    @Override
    public void received(SipMessage message, Hop reply) {
        if (!message.isRequest()) {
            ClientTransaction transaction = clients.get(clientKey(message));
            if (transaction != null) {
                transaction.received(message);
            }
            return;
        }
        ServerTransaction known = servers.get(serverKey(message, message.method()));
        switch (message.method()) {
            case "ACK" -> {
                ServerTransaction invite = servers.get(serverKey(message, "INVITE"));
                if (invite != null && invite.awaitsAck()) {
                    invite.acknowledged();
                } else {
                    service.acknowledged(message);
                }
            }
            case "CANCEL" -> {
                if (known == null) {
                    cancel(open(message, reply));
                } else {
                    known.repeated();
                }
            }
            default -> {
                if (known == null) {
                    service.requested(open(message, reply));
                } else {
                    known.repeated();
                }
            }
        }
    }

    private ServerTransaction open(SipMessage request, Hop reply) {
        ServerTransaction transaction = new ServerTransaction(this, request, reply);
        servers.put(serverKey(request, request.method()), transaction);
        return transaction;
    }

    private void cancel(ServerTransaction cancel) {
        ServerTransaction invite = servers.get(serverKey(cancel.request(), "INVITE"));
        if (invite == null) {
            cancel.respond(481, "Call/Transaction Does Not Exist");
            return;
        }
        cancel.respond(200, "OK");
        if (!invite.isAnswered()) {
            service.cancelled(invite);
        }
    }

    @Override
    public void unreachable(Hop hop) {
        List.copyOf(clients.values()).stream()
                .filter(transaction -> transaction.hop().equals(hop))
                .forEach(transaction -> transaction.fail(503, "Service Unavailable"));
    }

    void ended(ClientTransaction transaction) {
        clients.remove(clientKey(transaction.request()), transaction);
    }

    void ended(ServerTransaction transaction) {
        servers.remove(serverKey(transaction.request(), transaction.request().method()), transaction);
    }

    /** RFC 3261 §17.1.3. */
    private static String clientKey(SipMessage message) {
        return message.topVia().branch() + " " + message.method();
    }

    /** RFC 3261 §17.2.3; a branch without the magic cookie is taken by Call-ID, CSeq and From tag too. */
    private static String serverKey(SipMessage request, String method) {
        Via via = request.topVia();
        String key = via.branch() + " " + via.sentBy() + " " + method;
        return via.branch().startsWith(MAGIC)
                ? key
                : key + " " + request.callId() + " " + request.cseq() + " "
                        + request.from().tag();
    }

    @Override
    public void close() {
        transport.close();
    }
}
