package im.deferred.console.api;

import java.io.IOException;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

/**
 * {@code /api/v1/*}: hands requests to the {@link Api}, which it finds in the servlet context under the name of that class; 503 as long
 * as it is not there.
 */
public final class ApiServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Api api = (Api) getServletContext().getAttribute(Api.class.getName());
        Answer answer = api == null ? Problem.busy("not started").answer(pathOf(request)) : api.answer(request);
        response.setStatus(answer.status());
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        answer.headers().forEach(response::setHeader);
        if (answer.contentType() != null) {
            response.setContentType(answer.contentType());
            response.setContentLength(answer.content().length);
            if (!request.getMethod().equals("HEAD")) {
                response.getOutputStream().write(answer.content());
            }
        }
    }

    /** The path of the API, with a slash at its end. */
    static String pathOf(HttpServletRequest request) {
        return request.getContextPath() + request.getServletPath() + "/";
    }
}
