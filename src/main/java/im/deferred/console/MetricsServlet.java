package im.deferred.console;

import java.io.IOException;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

/** {@code GET /metrics}: the figures of this node for Prometheus. */
public final class MetricsServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Metrics metrics = (Metrics) getServletContext().getAttribute(Metrics.class.getName());
        if (metrics == null) {
            response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE, "not started");
            return;
        }
        response.setContentType("text/plain; version=0.0.4; charset=utf-8");
        response.getWriter().write(metrics.scrape());
    }
}
