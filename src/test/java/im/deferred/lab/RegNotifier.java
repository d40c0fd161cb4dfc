package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The notifier of the registration event (RFC 3680): tells all at each SUBSCRIBE, and what changed when it changes. On the loop's thread
 * only, but for the settings.
 */
public final class RegNotifier {

    private static final Set<String> NOT_TOLD = Set.of("expires", "q");
    private static final int NO_SUBSCRIPTION = 481;

    /** One subscription. */
    private static final class Subscription {
        private final String aor;
        private final Dialog dialog;
        private int version = -1;

        private Subscription(String aor, Dialog dialog) {
            this.aor = aor;
            this.dialog = dialog;
        }
    }

    private final SipEndpoint endpoint;
    private final Registrar registrar;
    private final String uri;
    private final Clock clock;
    private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
    private final Inbox<SipMessage> subscribes;
    private final Map<String, Inbox<SipMessage>> answers = new ConcurrentHashMap<>();
    private final Trace trace;
    private volatile boolean offered;
    private volatile boolean notifiesFirst;
    private volatile int skip;

    RegNotifier(SipEndpoint endpoint, Registrar registrar, String uri, Clock clock, Trace trace) {
        this.endpoint = endpoint;
        this.registrar = registrar;
        this.uri = uri;
        this.clock = clock;
        subscribes = new Inbox<>("SUBSCRIBEs", trace::tail);
        this.trace = trace;
    }

    /** Takes subscriptions from now on; until then they are answered 489. */
    public RegNotifier offer() {
        offered = true;
        return this;
    }

    /** Whether the first NOTIFY leaves before the 200 of its SUBSCRIBE (RFC 6665 §4.1.2.4 lets it come so). */
    public RegNotifier notifyFirst(boolean first) {
        notifiesFirst = first;
        return this;
    }

    /** Leaves out so many versions before the next document. */
    public RegNotifier skipVersions(int count) {
        skip = count;
        return this;
    }

    /** The SUBSCRIBEs, taken or not, in the order in which they came. */
    public Inbox<SipMessage> subscribes() {
        return subscribes;
    }

    /** The answers to the NOTIFYs of subscriptions to the AoR, in the order in which they came. */
    public Inbox<SipMessage> answers(String aor) {
        return answers.computeIfAbsent(aor, one -> new Inbox<>("answers to NOTIFYs of " + one, trace::tail));
    }

    /** Ends the AoR's bindings as if their time had run out: the subscribers are told, and nobody else. */
    public void expire(String aor) {
        endpoint.loop().run(() -> {
            List<Registrar.Binding> before = registrar.bindings(aor);
            registrar.drop(aor);
            changed(aor, before, "expired");
        });
    }

    /** Sends this in place of the next document. */
    public void notify(String aor, String body) {
        endpoint.loop()
                .run(() -> of(aor).forEach(one -> {
                    one.version++;
                    send(one, "active;expires=3600", body);
                }));
    }

    /** The last NOTIFY's successor, as it would be sent, without a Via; for one that comes from elsewhere. */
    public SipMessage nextNotify(String aor) {
        return endpoint.loop().call(() -> {
            Subscription one = of(aor).get(0);
            return request(one, "active;expires=3600", document(one, true, List.of(), "created"));
        });
    }

    /** A SUBSCRIBE to a user, or in the dialog of one. */
    void subscribe(ServerTransaction transaction) {
        SipMessage request = transaction.request();
        subscribes.add(request);
        if (!offered) {
            transaction.respond(489, "Bad Event");
            return;
        }
        int expires = request.header("Expires").map(Integer::parseInt).orElse(3600);
        Subscription known = subscriptions.get(request.callId());
        if (known == null && !request.to().tag().isEmpty()) {
            transaction.respond(NO_SUBSCRIPTION, "Subscription Does Not Exist");
            return;
        }
        SipMessage ok = SipMessage.response(request, 200, "OK")
                .add("Contact", "<" + uri + ">")
                .add("Expires", Integer.toString(expires));
        if (known == null) {
            ok = ok.with("To", request.need("To") + ";tag=" + Tokens.fresh(8));
            known = new Subscription(request.to().sipUri().aor(), Dialog.answering(request, ok));
            subscriptions.put(request.callId(), known);
        }
        if (!notifiesFirst) {
            transaction.respond(ok);
        }
        String state = expires == 0 ? "terminated;reason=timeout" : "active;expires=" + expires;
        send(known, state, document(known, true, List.of(), "registered"));
        if (notifiesFirst) {
            SipMessage late = ok;
            endpoint.loop().after(Duration.ofMillis(200), () -> transaction.respond(late));
        }
        if (expires == 0) {
            subscriptions.remove(request.callId());
        }
    }

    /** The AoR's bindings are not any more what they were. */
    void changed(String aor, List<Registrar.Binding> before, String eventOfTheGone) {
        of(aor).forEach(one -> send(one, "active;expires=3600", document(one, false, before, eventOfTheGone)));
    }

    private List<Subscription> of(String aor) {
        return subscriptions.values().stream()
                .filter(one -> registrar.associated(aor).contains(one.aor))
                .toList();
    }

    private void send(Subscription one, String state, String body) {
        SipMessage notify = request(one, state, body);
        Hop hop = Hop.of(SipUri.parse(notify.requestUri()), Transport.UDP, notify.toBytes().length)
                .orElseThrow();
        endpoint.send(notify, hop, response -> {
            answers(one.aor).add(response);
            if (response.status() == NO_SUBSCRIPTION) {
                subscriptions.values().remove(one);
            }
        });
    }

    private SipMessage request(Subscription one, String state, String body) {
        return one.dialog
                .request("NOTIFY")
                .add("Contact", "<" + uri + ">")
                .add("Event", "reg")
                .add("Subscription-State", state)
                .withBody("application/reginfo+xml", body.getBytes(UTF_8));
    }

    private String document(Subscription one, boolean full, List<Registrar.Binding> before, String eventOfTheGone) {
        one.version += 1 + skip;
        skip = 0;
        List<Registrar.Binding> now = registrar.bindings(one.aor);
        StringBuilder xml =
                new StringBuilder("<?xml version=\"1.0\"?>\n<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\""
                        + " xmlns:gr=\"urn:ietf:params:xml:ns:gruuinfo\" version=\"" + one.version + "\" state=\""
                        + (full ? "full" : "partial") + "\">\n");
        for (String aor : registrar.associated(one.aor)) {
            String none = before.isEmpty() ? "init" : "terminated";
            xml.append("<registration aor=\"%s\" id=\"%s\" state=\"%s\">%n"
                    .formatted(aor, id(aor), now.isEmpty() ? none : "active"));
            List<Registrar.Binding> told = new ArrayList<>(now);
            told.removeAll(before);
            told.forEach(binding -> xml.append(contact(binding, "active", "registered")));
            for (Registrar.Binding binding : before) {
                if (now.stream().noneMatch(other -> other.uri().equals(binding.uri()))) {
                    xml.append(contact(binding, "terminated", eventOfTheGone));
                }
            }
            xml.append("</registration>\n");
        }
        return xml.append("</reginfo>\n").toString();
    }

    private String contact(Registrar.Binding binding, String state, String event) {
        long left =
                Math.max(0, Duration.between(clock.instant(), binding.until()).toSeconds());
        StringBuilder xml =
                new StringBuilder("<contact id=\"%s\" state=\"%s\" event=\"%s\" expires=\"%d\">%n<uri>%s</uri>%n"
                        .formatted(id(binding.uri()), state, event, left, escaped(binding.uri())));
        SipAddress.parse(binding.contact()).parameters().forEach((name, value) -> {
            if (!NOT_TOLD.contains(name)) {
                xml.append("<unknown-param name=\"%s\">%s</unknown-param>%n"
                        .formatted(name, value.isEmpty() ? "" : escaped('"' + value + '"')));
            }
        });
        return xml.append("</contact>\n").toString();
    }

    private static String id(String text) {
        return "i" + Integer.toHexString(text.hashCode());
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }
}
