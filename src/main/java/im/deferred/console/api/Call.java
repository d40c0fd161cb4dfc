package im.deferred.console.api;

import im.deferred.console.api.Problem.Kind;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.servlet.http.HttpServletRequest;

/**
 * A request that found its route.
 *
 * @param api the path of the API, with a slash at its end
 * @param path what stands in the place of the names in the route's template
 */
record Call(HttpServletRequest http, String api, Map<String, String> path) {

    Call {
        path = Map.copyOf(path);
    }

    /**
     * The parameters of the query, each of which may be there once. A plus is a plus (RFC 3986), since {@code tel:+491234} is a user.
     *
     * @throws Problem 400 if there are others
     */
    Map<String, String> query(Set<String> known) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String part : Optional.ofNullable(http.getQueryString()).orElse("").split("&")) {
            if (part.isEmpty()) {
                continue;
            }
            String[] pair = part.split("=", 2);
            String name = decoded(pair[0]);
            if (!known.contains(name)) {
                throw new Problem(Kind.MALFORMED, "a parameter of the query is not one of " + new TreeSet<>(known));
            }
            if (parameters.put(name, decoded(pair.length == 1 ? "" : pair[1])) != null) {
                throw new Problem(Kind.MALFORMED, "the query has " + name + " twice");
            }
        }
        return parameters;
    }

    /**
     * What the percent-encoding stands for.
     *
     * @throws Problem 400 if it stands for nothing
     */
    static String decoded(String encoded) {
        try {
            return URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new Problem(Kind.MALFORMED, "a percent sign in the URI is followed by two hex digits");
        }
    }
}
