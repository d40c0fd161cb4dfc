package im.deferred.core;

import static im.deferred.registration.FakeSip.fake;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import im.deferred.registration.FakeSip.Method;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.servlet.sip.Address;
import javax.servlet.sip.ServletParseException;
import javax.servlet.sip.SipApplicationSession;
import javax.servlet.sip.SipFactory;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipURI;
import javax.servlet.sip.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SipIpCoreTest {

    private static final String ROUTE = "sip:core.example.test;lr";
    private static final SipApplicationSession SESSION = fake(SipApplicationSession.class, Map.of());

    /** What was set in the request that the factory made; Route from the top down. */
    private final Map<String, String> request = new HashMap<>();

    private final Deque<String> routes = new ArrayDeque<>();
    private final SipIpCore core = core(ROUTE, "sip:im-server@example.test");

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, true",
        "192.0.2.77, true",
        "192.0.3.1, false",
        "::1, true",
        "0:0:0:0:0:0:0:1, true",
        "[::1], true",
        "2001:db8::1, false"
    })
    void whoMaySpeakForUsers(String address, boolean trusted) {
        assertThat(core.trusts(address)).isEqualTo(trusted);
        assertThat(core.trusts(fake(SipServletRequest.class, Map.of("getRemoteAddr", none -> address))))
                .isEqualTo(trusted);
    }

    @ParameterizedTest
    @CsvSource({
        "sip:bob@example.test, true",
        "sip:bob@EXAMPLE.test:5070, true",
        "sip:bob@example.org, true",
        "sip:bob@sub.example.test, false",
        "sip:bob@elsewhere.test, false",
        "tel:+491234, true"
    })
    void whoseUsersAreServed(String user, boolean served) {
        assertThat(core.serves(new Aor(user))).isEqualTo(served);
    }

    @Test
    void itsOwnRequestsAreFromTheServerByWayOfTheCore() {
        core.requestTo(new Aor("sip:bob@example.test"), "INVITE", SESSION);

        assertThat(request)
                .containsOnly(
                        Map.entry("method", "INVITE"),
                        Map.entry("From", "sip:im-server@example.test"),
                        Map.entry("To", "sip:bob@example.test"),
                        Map.entry("P-Asserted-Identity", "<sip:im-server@example.test>"),
                        Map.entry("User-Agent", "IM-serv/OMA1.0 deferred-im/1"));
        assertThat(routes).containsExactly(ROUTE);
    }

    /** RFC 3325 §7: what a core is called says nothing of its address. */
    @ParameterizedTest
    @CsvSource({"sip:core.example.test;lr, true", "sip:192.0.2.7:5060;lr, true", "sip:192.0.3.7:5060;lr, false"})
    void s5_whetherTheCoreMayBeToldAssertedIdentities(String route, boolean trusted) {
        SipIpCore other = core(route, "sip:im-server@example.test");

        other.requestTo(new Aor("sip:bob@example.test"), "INVITE", SESSION);

        assertThat(other.isTrusted()).isEqualTo(trusted);
        assertThat(request.containsKey("P-Asserted-Identity")).isEqualTo(trusted);
    }

    @Test
    void inTheNameOfAUserARequestGoesByWayOfTheCore() throws ServletParseException {
        core.requestInTheNameOf(
                new Aor("sip:bob@example.test"),
                new Aor("sip:alice@example.org"),
                "sip:lists.example.test",
                "MESSAGE",
                1000);

        assertThat(request)
                .containsOnly(
                        Map.entry("method", "MESSAGE"),
                        Map.entry("From", "sip:bob@example.test"),
                        Map.entry("To", "sip:alice@example.org"),
                        Map.entry("Request-URI", "sip:lists.example.test"),
                        Map.entry("User-Agent", "IM-serv/OMA1.0 deferred-im/1"));
        assertThat(routes).containsExactly(ROUTE + ";transport=tcp");
    }

    @ParameterizedTest
    @CsvSource({"sip:bob@example.test, true", "sip:bob@elsewhere.test, false", "tel:+491234, false"})
    void whoIsKnownToBeAtHome(String user, boolean home) {
        assertThat(core.isHome(new Aor(user))).isEqualTo(home);
    }

    @Test
    void aRequestThatGoesOnKeepsItsEndsAndIsANewOne() throws ServletParseException {
        core.onward(original(), SESSION, 100);

        assertThat(request)
                .containsOnly(
                        Map.entry("method", "MESSAGE"),
                        Map.entry("From", "<sip:alice@example.test>"),
                        Map.entry("To", "<sip:bob@example.test>"),
                        Map.entry("Request-URI", "sip:bob@192.0.2.2"));
        assertThat(routes).containsExactly(ROUTE);
    }

    @Test
    void itGoesOnTheRouteThatTheCoreLeftInIt() throws ServletParseException {
        core.onward(original("sip:scscf.test;lr", "sip:other.test;lr"), SESSION, 100);

        assertThat(routes).containsExactly("sip:scscf.test;lr", "sip:other.test;lr");
    }

    /** RFC 3261 §18.1.1. */
    @ParameterizedTest
    @CsvSource({
        "799, sip:scscf.test;lr, sip:scscf.test;lr",
        "800, sip:scscf.test;lr, sip:scscf.test;lr;transport=tcp",
        "1000000, sip:scscf.test;lr, sip:scscf.test;lr;transport=tcp",
        "1000000, sip:scscf.test;transport=udp, sip:scscf.test;transport=udp"
    })
    void whatIsTooLongForADatagramLeavesOverTcp(int length, String next, String taken) throws ServletParseException {
        core.onward(original(next, "sip:other.test;lr"), SESSION, length);

        assertThat(routes).containsExactly(taken, "sip:other.test;lr");
    }

    @Test
    void soItDoesOnTheConfiguredRoute() throws ServletParseException {
        core.onward(original(), SESSION, 5000);

        assertThat(routes).containsExactly(ROUTE + ";transport=tcp");
        core.onward(original(), SESSION, 5);
        assertThat(routes).as("which stays as it is").startsWith(ROUTE);
    }

    @Test
    void aContainerThatNeedsNoRoutingDirectiveIsServedToo() throws IOException {
        List<String> calls = new ArrayList<>();
        core.send(fake(
                SipServletRequest.class,
                Map.of(
                        "setRoutingDirective",
                        directive -> {
                            calls.add(directive[0].toString());
                            throw new IllegalStateException("no original request");
                        },
                        "send",
                        none -> calls.add("send"))));

        assertThat(calls).containsExactly("CONTINUE", "send");
    }

    @Test
    void aCoreOrAnIdentityThatIsNoSipUriIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> core("tel:+1", "sip:im-server@example.test"));
        assertThatIllegalArgumentException().isThrownBy(() -> core(ROUTE, "nothing"));
    }

    private SipIpCore core(String route, String identity) {
        return new SipIpCore(
                fake(
                        SipFactory.class,
                        Map.of(
                                "createURI", uri -> uri((String) uri[0]),
                                "createApplicationSession", none -> SESSION,
                                "createRequest", this::newRequest)),
                route,
                Stream.of("127.0.0.1", "::1", "192.0.2.0/24")
                        .map(AddressRange::parse)
                        .toList(),
                Set.of("example.test", "example.org"),
                identity,
                "deferred-im/1");
    }

    private SipServletRequest newRequest(Object... line) {
        request.put("method", (String) line[1]);
        request.put("From", line[2].toString());
        request.put("To", line[3].toString());
        return fake(
                SipServletRequest.class,
                Map.of(
                        "setHeader", header -> request.put((String) header[0], (String) header[1]),
                        "setRequestURI", uri -> request.put("Request-URI", uri[0].toString()),
                        "pushRoute",
                                uri -> {
                                    routes.push(uri[0].toString());
                                    return null;
                                }));
    }

    private static SipServletRequest original(String... routes) {
        List<Address> route = Stream.of(routes).map(uri -> address(uri, "")).toList();
        return fake(
                SipServletRequest.class,
                Map.of(
                        "getMethod", none -> "MESSAGE",
                        "getFrom", none -> address("sip:alice@example.test", ";tag=a1"),
                        "getTo", none -> address("sip:bob@example.test", ""),
                        "getRequestURI", none -> uri("sip:bob@192.0.2.2"),
                        "getAddressHeaders", name -> route.listIterator()));
    }

    private static Address address(String uri, String parameters) {
        Map<String, Method> methods = Map.of(
                "clone", none -> address(uri, parameters),
                "getURI", none -> uri(uri),
                "toString", none -> "<" + uri + ">" + parameters);
        Map<String, Method> all = new HashMap<>(methods);
        Address address = fake(Address.class, all);
        all.put("removeParameter", name -> all.put("toString", none -> "<" + uri + ">"));
        return address;
    }

    private static URI uri(String text) throws ServletParseException {
        if (!text.startsWith("sip:")) {
            if (text.startsWith("tel:")) {
                return fake(URI.class, Map.of());
            }
            throw new ServletParseException(text);
        }
        Map<String, Method> methods = new HashMap<>();
        methods.put("toString", none -> text);
        methods.put("getHost", none -> text.replaceFirst("^sip:([^@]*@)?", "").split("[;:]", 2)[0]);
        methods.put("clone", none -> uri(text));
        methods.put("getTransportParam", none -> text.contains("transport=") ? "given" : null);
        methods.put(
                "setTransportParam", transport -> methods.put("toString", none -> text + ";transport=" + transport[0]));
        return fake(SipURI.class, methods);
    }
}
