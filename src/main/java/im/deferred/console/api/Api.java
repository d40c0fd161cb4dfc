package im.deferred.console.api;

import im.deferred.console.Readiness;
import im.deferred.console.api.Problem.Kind;
import im.deferred.core.SipIpCore;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.servlet.http.HttpServletRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may do what over HTTP, and who does it. */
public final class Api {

    private static final Logger log = LoggerFactory.getLogger(Api.class);

    private static final int MAX_URI = 2048;
    private static final Set<String> SAFE = Set.of("GET", "HEAD");

    private final SipIpCore core;
    private final Readiness readiness;
    private final List<Route> routes;

    /**
     * @param core knows who is trusted
     * @param readiness is asked when something has failed
     */
    public Api(SipIpCore core, Readiness readiness, MessagesResource messages, UsersResource users) {
        this.core = core;
        this.readiness = readiness;
        Route document = new Route("GET", "openapi.json", call -> document());
        this.routes = Stream.of(List.of(document), messages.routes(), users.routes())
                .flatMap(List::stream)
                .toList();
    }

    List<Route> routes() {
        return routes;
    }

    /** Does what is asked for, if it may be done. */
    Answer answer(HttpServletRequest request) throws IOException {
        String api = ApiServlet.pathOf(request);
        try {
            requireTrust(request);
            return dispatch(request, api);
        } catch (Problem e) {
            log.info(
                    "{} {} from {}: {} {}",
                    request.getMethod(),
                    request.getRequestURI(),
                    request.getRemoteAddr(),
                    e.kind(),
                    e.getMessage());
            return e.answer(api);
        } catch (RuntimeException e) {
            log.error("{} {} has failed", request.getMethod(), request.getRequestURI(), e);
            return readiness
                    .problem()
                    .map(Problem::busy)
                    .orElseGet(() -> new Problem(Kind.INTERNAL, "the server's log says more"))
                    .answer(api);
        }
    }

    /** Who has the role for it the container knows. Whoever hands in a message speaks for a user, and that is a trusted address's to do. */
    private void requireTrust(HttpServletRequest request) {
        if (!core.trusts(request.getRemoteAddr())) {
            throw new Problem(Kind.NOT_TRUSTED, "deferred-im.core.trusted does not name the address of this peer");
        }
        if (!SAFE.contains(request.getMethod()) && !isOfThisSite(request)) {
            throw new Problem(Kind.FOREIGN_ORIGIN, "Origin names another host than Host");
        }
    }

    /** Browsers say with whatever changes something which site it comes from (RFC 6454 §7); applications say nothing. */
    private static boolean isOfThisSite(HttpServletRequest request) {
        String origin = request.getHeader("Origin");
        if (origin == null) {
            return true;
        }
        try {
            return Objects.equals(URI.create(origin).getRawAuthority(), request.getHeader("Host"));
        } catch (IllegalArgumentException e) {
            log.debug("Origin is no URI", e);
            return false;
        }
    }

    private Answer dispatch(HttpServletRequest request, String api) throws IOException {
        String uri = request.getRequestURI();
        int query =
                request.getQueryString() == null ? 0 : request.getQueryString().length();
        if (uri.length() + query > MAX_URI) {
            throw new Problem(Kind.URI_TOO_LONG, "it has at most " + MAX_URI + " characters");
        }
        List<String> path = uri.startsWith(api)
                ? Arrays.stream(uri.substring(api.length()).split("/", -1))
                        .map(Call::decoded)
                        .toList()
                : List.of();
        // A HEAD is answered like a GET, and the content left out (RFC 9110 §9.3.2).
        String method = request.getMethod().equals("HEAD") ? "GET" : request.getMethod();
        Set<String> allowed = new TreeSet<>();
        for (Route route : routes) {
            Map<String, String> values = route.match(path).orElse(null);
            if (values != null && route.method().equals(method)) {
                return route.handler().handle(new Call(request, api, values));
            }
            if (values != null) {
                allowed.add(route.method());
            }
        }
        if (allowed.isEmpty()) {
            throw new Problem(Kind.NOT_FOUND, "openapi.json says what there is");
        }
        throw Problem.methodNotAllowed(allowed);
    }

    private static Answer document() throws IOException {
        try (InputStream document = Api.class.getResourceAsStream("openapi.json")) {
            return new Answer(200, Map.of(), "application/json", document.readAllBytes());
        }
    }
}
