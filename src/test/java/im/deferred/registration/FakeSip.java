package im.deferred.registration;

import im.deferred.core.AddressRange;
import im.deferred.core.SipIpCore;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.servlet.sip.Address;
import javax.servlet.sip.ServletParseException;
import javax.servlet.sip.SipFactory;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import javax.servlet.sip.SipURI;
import javax.servlet.sip.URI;

/** As much of a SIP container as a REGISTER needs: each fake knows the methods it is given, and fails on any other. */
public final class FakeSip {

    private FakeSip() {}

    /** A method of a fake. */
    public interface Method {
        Object call(Object[] arguments) throws IOException, ServletParseException;
    }

    public static <T> T fake(Class<T> type, Map<String, Method> methods) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    Method known = methods.get(method.getName());
                    if (known == null) {
                        throw new UnsupportedOperationException(type.getSimpleName() + "." + method.getName());
                    }
                    return known.call(arguments);
                }));
    }

    public static SipIpCore core(Set<String> trusted, Set<String> domains) {
        SipFactory factory = fake(
                SipFactory.class,
                Map.of("createURI", uri -> fake(SipURI.class, Map.of("getHost", none -> "127.0.0.1"))));
        return new SipIpCore(
                factory,
                "sip:127.0.0.1:5060;lr",
                trusted.stream().map(AddressRange::parse).toList(),
                domains,
                "sip:im-server@example.test",
                "test");
    }

    /** An answer as it left: status line and headers, such as {@code 200 null {Expires=60}}. */
    public record Sent(int status, String reason, Map<String, String> headers) {}

    /** A REGISTER from 127.0.0.1; what is sent in answer goes to {@code sent}. */
    public static final class Register {

        public final List<Sent> sent = new ArrayList<>();
        private final Map<String, String> headers = new HashMap<>();
        private String source = "127.0.0.1";
        private String to = "sip:bob@example.test";
        private Method contact = name -> null;
        private byte[] body;
        private IOException sendFailure;

        Register from(String address) {
            source = address;
            return this;
        }

        public Register to(String uri) {
            to = uri;
            return this;
        }

        public Register header(String name, String value) {
            headers.put(name, value);
            return this;
        }

        /** A Contact with this {@code expires} parameter; none if null. */
        Register contact(String expires) {
            contact = name ->
                    fake(Address.class, Map.of("isWildcard", none -> false, "getParameter", parameter -> expires));
            return this;
        }

        Register malformedContact() {
            contact = name -> {
                throw new ServletParseException("Contact");
            };
            return this;
        }

        Register body(String contentType, String text) {
            headers.put("Content-Type", contentType);
            body = text.getBytes(StandardCharsets.UTF_8);
            return this;
        }

        Register failingToSend() {
            sendFailure = new IOException("no way to the core");
            return this;
        }

        public SipServletRequest request() {
            Address toAddress =
                    fake(Address.class, Map.of("getURI", none -> fake(URI.class, Map.of("toString", nothing -> to))));
            return fake(
                    SipServletRequest.class,
                    Map.of(
                            "getRemoteAddr", none -> source,
                            "getCallId", none -> "call-1",
                            "getTo", none -> toAddress,
                            "getHeader", name -> headers.get(name[0]),
                            "getAddressHeader", contact,
                            "getContentType", none -> headers.get("Content-Type"),
                            "getRawContent", none -> body,
                            "createResponse",
                                    line -> response((int) line[0], line.length > 1 ? (String) line[1] : null)));
        }

        private SipServletResponse response(int status, String reason) {
            Map<String, String> written = new HashMap<>();
            return fake(
                    SipServletResponse.class,
                    Map.of(
                            "setHeader", header -> written.put((String) header[0], (String) header[1]),
                            "send",
                                    none -> {
                                        if (sendFailure != null) {
                                            throw sendFailure;
                                        }
                                        return sent.add(new Sent(status, reason, written));
                                    }));
        }
    }
}
