package im.deferred.console;

import java.io.IOException;
import java.util.Optional;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

/**
 * {@code GET /health/live}: 200 while the process answers. {@code GET /health/ready}: 200 when the server can take and push
 * messages, else 503 and what is wrong.
 */
public final class HealthServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (String.valueOf(request.getPathInfo())) {
            case "/live" -> answer(response, Optional.empty());
            case "/ready" -> answer(response, readiness().problem());
            default -> response.sendError(HttpServletResponse.SC_NOT_FOUND);
        }
    }

    private Readiness readiness() {
        Object readiness = getServletContext().getAttribute(Readiness.class.getName());
        return readiness == null ? () -> Optional.of("not started") : (Readiness) readiness;
    }

    private static void answer(HttpServletResponse response, Optional<String> problem) throws IOException {
        response.setStatus(problem.isEmpty() ? HttpServletResponse.SC_OK : HttpServletResponse.SC_SERVICE_UNAVAILABLE);
        response.setContentType("text/plain;charset=UTF-8");
        response.setHeader("Cache-Control", "no-store");
        response.getWriter().println(problem.orElse("ok"));
    }
}
