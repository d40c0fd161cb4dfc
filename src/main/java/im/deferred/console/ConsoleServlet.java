package im.deferred.console;

import im.deferred.core.SipIpCore;
import im.deferred.message.Inventory;
import im.deferred.message.MessageStore;
import im.deferred.push.Pushes;
import im.deferred.registration.Registrations;
import java.io.IOException;
import java.util.Optional;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

/**
 * {@code GET /}: how the server is, on one page. To an address that may speak for users it also shows the messages that are held, and to
 * an operator there the way to release them; to others it names nobody.
 */
public final class ConsoleServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    private static final int MOST_HELD = 100;

    /** Nothing from elsewhere, and no page around it that could borrow its buttons. */
    private static final String POLICY =
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static final String PAGE = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <meta http-equiv="refresh" content="5">
            <title>Deferred IM</title>
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 60rem; padding: 0 1rem; color: #1c2733; }
            h1 { font-size: 1.4rem; }
            h2 { font-size: 1.1rem; margin-top: 2rem; }
            table { border-collapse: collapse; width: 100%%; }
            th, td { padding: .5rem 0; border-bottom: 1px solid #d7dee5; text-align: left; font-weight: normal; }
            .figures { max-width: 36rem; }
            .figures td { text-align: right; font-variant-numeric: tabular-nums; font-weight: 600; }
            .list { font-size: .875rem; }
            .list th { color: #5b6875; }
            .list th, .list td { padding-right: 1rem; vertical-align: top; overflow-wrap: anywhere; }
            form { margin: 0; }
            button { font: inherit; border: 1px solid #0b5cad; border-radius: .25rem; background: none; color: #0b5cad; cursor: pointer; }
            a { color: #0b5cad; }
            </style>
            </head>
            <body>
            <h1>Deferred IM</h1>
            <p>%s</p>
            <table class="figures">
            <tr><th>Messages waiting</th><td>%d</td></tr>
            <tr><th>Messages held: the client takes them in no form</th><td>%d</td></tr>
            <tr><th>Users registered</th><td>%d</td></tr>
            <tr><th>Pushes live on this node</th><td>%d</td></tr>
            <tr><th>Messages pushed since the start</th><td>%d</td></tr>
            </table>
            %s
            <p><a href="health/ready">Health</a> · <a href="metrics">Metrics</a> ·
            <a href="api/v1/openapi.json">REST interface</a></p>
            </body>
            </html>
            """;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!request.getServletPath().equals("/")) {
            response.sendError(HttpServletResponse.SC_NOT_FOUND);
            return;
        }
        Optional<Readiness> readiness = part(Readiness.class);
        if (readiness.isEmpty()) {
            response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE, "not started");
            return;
        }
        String state =
                readiness.get().problem().map(p -> "Not ready: " + p + ".").orElse("Ready.");
        Pushes pushes = part(Pushes.class).orElseThrow();
        response.setContentType("text/html;charset=UTF-8");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("Content-Security-Policy", POLICY);
        response.getWriter()
                .write(PAGE.formatted(
                        state,
                        part(MessageStore.class).orElseThrow().countWaiting(),
                        part(MessageStore.class).orElseThrow().countHeld(),
                        part(Registrations.class).orElseThrow().countInForce(),
                        pushes.live(),
                        pushes.confirmed(),
                        held(request)));
    }

    private String held(HttpServletRequest request) {
        if (!part(SipIpCore.class).orElseThrow().trusts(request.getRemoteAddr())) {
            return "";
        }
        return HeldTable.of(
                part(Inventory.class)
                        .orElseThrow()
                        .list(new Inventory.Query(Optional.empty(), Optional.of(true), 0, MOST_HELD + 1)),
                MOST_HELD,
                request.isUserInRole("operator"));
    }

    private <T> Optional<T> part(Class<T> type) {
        return Optional.ofNullable(type.cast(getServletContext().getAttribute(type.getName())));
    }
}
