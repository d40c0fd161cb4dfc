package im.deferred.message;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.servlet.sip.Address;
import javax.servlet.sip.SipApplicationSession;
import javax.servlet.sip.SipFactory;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import javax.servlet.sip.SipSession;
import javax.servlet.sip.SipURI;
import javax.servlet.sip.URI;
import org.mobicents.servlet.sip.address.AddressImpl;

/** As much of a SIP container as a MESSAGE needs: a request with its answers, and a factory that notes what is sent. */
public final class SipDouble {

    /** What was answered or sent. */
    public record Sent(int status, String reason, Map<String, List<String>> headers, byte[] body) {}

    /** A request, one that came or one that is to be sent. */
    public static final class Request {
        public final Map<String, List<String>> headers = new LinkedHashMap<>();
        public final Map<String, Object> sessionAttributes = new LinkedHashMap<>();
        public final BlockingQueue<Sent> answers = new LinkedBlockingQueue<>();
        public final BlockingQueue<Sent> sends = new LinkedBlockingQueue<>();
        public final List<String> routes = new ArrayList<>();
        public String requestUri = "sip:bob@example.test";
        public String from = "\"Alice\" <sip:alice@example.test>;tag=a1";
        public String to = "<sip:bob@example.test>";
        public String callId = "c1@client";
        public String cseq = "1 MESSAGE";
        public String remote = "127.0.0.1";
        public String contentType;
        public String handler;
        public int maxForwards = 70;
        public int expires = -1;
        public byte[] body;

        public Request header(String name, String... values) {
            headers.put(name, List.of(values));
            return this;
        }

        public Request body(String type, byte[] octets) {
            contentType = type;
            body = octets;
            return this;
        }

        /** The one answer, within ten seconds. */
        Sent answer() throws InterruptedException {
            Sent answer = answers.poll(10, TimeUnit.SECONDS);
            if (answer == null) {
                throw new AssertionError("no answer came");
            }
            return answer;
        }

        /** It comes to the server. */
        public void arriveAt(IncomingMessages messages) {
            messages.arrived(api(), "message");
        }

        /** An answer to it comes to the server. */
        public void answerTo(IncomingMessages messages, int status) {
            SipServletResponse response = answeredWith(status, null, Map.of());
            if (!PageMode.answered(response)) {
                messages.answered(response);
            }
        }

        /** Whether it is a deferred message in page mode, and none that goes on. */
        public boolean isPage() {
            return sessionAttributes.containsKey(PageMode.class.getName());
        }

        SipServletRequest api() {
            return fake(SipServletRequest.class, this::call);
        }

        private Object call(Object proxy, Method method, Object... args) throws Exception {
            return switch (method.getName()) {
                case "getMethod" -> "MESSAGE";
                case "getRemoteAddr" -> remote;
                case "getRequestURI" -> uri();
                case "setRequestURI" -> requestUri = args[0].toString();
                case "getFrom" -> address(from);
                case "getTo" -> address(to);
                case "getCallId" -> callId;
                case "getMaxForwards" -> maxForwards;
                case "setMaxForwards" -> maxForwards = (Integer) args[0];
                case "getExpires" -> expires;
                case "getContentType" -> contentType;
                case "getContentLength" -> body == null ? 0 : body.length;
                case "getRawContent" -> body;
                case "setContent" -> body((String) args[1], (byte[]) args[0]);
                case "getHeaderNames" -> headerNames();
                case "getHeader" -> header((String) args[0]);
                case "getHeaders" -> values((String) args[0]).listIterator();
                case "addHeader" ->
                    headers.computeIfAbsent((String) args[0], name -> new ArrayList<>())
                            .add((String) args[1]);
                case "setHeader" -> headers.put((String) args[0], List.of((String) args[1]));
                case "getAddressHeader" -> first(addresses((String) args[0]));
                case "getAddressHeaders" -> addresses((String) args[0]).listIterator();
                case "pushRoute" -> routes.add(args[0].toString());
                case "getApplicationSession" -> fake(SipApplicationSession.class, (p, m, a) -> null);
                case "getSession" -> session();
                case "createResponse" -> response((Integer) args[0], args.length > 1 ? (String) args[1] : null);
                case "send" -> sends.add(new Sent(0, null, headers, body));
                case "setRoutingDirective" -> null;
                default -> throw new UnsupportedOperationException(method.toString());
            };
        }

        private URI uri() throws Exception {
            String scheme = requestUri.substring(0, requestUri.indexOf(':'));
            return scheme.equals("sip") || scheme.equals("tel")
                    ? address("<" + requestUri + ">").getURI()
                    : fake(
                            URI.class,
                            (proxy, method, args) -> method.getName().equals("getScheme") ? scheme : requestUri);
        }

        private SipSession session() {
            return fake(SipSession.class, (proxy, method, args) -> switch (method.getName()) {
                case "setHandler" -> handler = (String) args[0];
                case "setAttribute" -> sessionAttributes.put((String) args[0], args[1]);
                case "getAttribute" -> sessionAttributes.get(args[0]);
                default -> throw new UnsupportedOperationException(method.toString());
            });
        }

        private SipServletResponse response(int status, String reason) {
            Map<String, List<String>> added = new LinkedHashMap<>();
            return fake(SipServletResponse.class, (proxy, method, args) -> switch (method.getName()) {
                case "addHeader" ->
                    added.computeIfAbsent((String) args[0], name -> new ArrayList<>())
                            .add((String) args[1]);
                case "send" -> answers.add(new Sent(status, reason, added, null));
                default -> throw new UnsupportedOperationException(method.toString());
            });
        }

        /** A response that comes for this request. */
        SipServletResponse answeredWith(int status, String reason, Map<String, String> with) {
            return fake(SipServletResponse.class, (proxy, method, args) -> switch (method.getName()) {
                case "getStatus" -> status;
                case "getReasonPhrase" -> reason;
                case "getSession" -> session();
                case "getHeader" -> with.get(args[0]);
                case "getHeaders" ->
                    (with.containsKey(args[0]) ? List.of(with.get(args[0])) : List.of()).listIterator();
                default -> throw new UnsupportedOperationException(method.toString());
            });
        }

        private Iterator<String> headerNames() {
            List<String> names = new ArrayList<>(List.of("Content-Length", "Via", "Max-Forwards", "From", "To"));
            names.addAll(headers.keySet());
            names.addAll(List.of("Contact", "CSeq", "Call-ID", "Content-Type"));
            return names.iterator();
        }

        private String header(String name) {
            return switch (name) {
                case "CSeq" -> cseq;
                case "Content-Type" -> contentType;
                default -> first(values(name));
            };
        }

        private List<String> values(String name) {
            return headers.getOrDefault(name, List.of());
        }

        private List<Address> addresses(String name) throws Exception {
            List<Address> addresses = new ArrayList<>();
            for (String value : values(name)) {
                addresses.add(address(value));
            }
            return addresses;
        }

        private static <T> T first(List<T> values) {
            return values.isEmpty() ? null : values.get(0);
        }
    }

    public final BlockingQueue<Request> created = new LinkedBlockingQueue<>();

    public SipFactory factory() {
        return fake(SipFactory.class, (proxy, method, args) -> switch (method.getName()) {
            case "createApplicationSession" -> fake(SipApplicationSession.class, (p, m, a) -> null);
            case "createAddress" -> address((String) args[0]);
            case "createURI" -> (SipURI) address("<" + args[0] + ">").getURI();
            case "createRequest" -> {
                Request request = new Request();
                request.from = args[2].toString();
                request.to = args[3].toString();
                request.callId = "made by the container";
                created.add(request);
                yield request.api();
            }
            default -> throw new UnsupportedOperationException(method.toString());
        });
    }

    static Address address(String text) throws Exception {
        try {
            javax.sip.SipFactory stack = javax.sip.SipFactory.getInstance();
            stack.setPathName("gov.nist");
            return new AddressImpl(
                    (javax.sip.header.HeaderAddress) stack.createHeaderFactory().createHeader("From", text),
                    AddressImpl.ModifiableRule.Modifiable);
        } catch (ParseException e) {
            throw new javax.servlet.sip.ServletParseException(e);
        }
    }

    private static <T> T fake(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(SipDouble.class.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
