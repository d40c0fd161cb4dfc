package im.deferred.console.api;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What is done on a method and a path.
 *
 * @param template the path below that of the API, such as {@code messages/{id}}: a name in braces stands for any one segment
 */
record Route(String method, String template, Handler handler) {

    /** Does it. */
    @FunctionalInterface
    interface Handler {

        /** @throws Problem if it cannot be done */
        Answer handle(Call call) throws IOException;
    }

    Route {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(template, "template");
        Objects.requireNonNull(handler, "handler");
    }

    /** What stands in the place of the template's names, if the path fits it. */
    Optional<Map<String, String>> match(List<String> path) {
        String[] segments = template.split("/");
        if (segments.length != path.size()) {
            return Optional.empty();
        }
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < segments.length; i++) {
            if (segments[i].startsWith("{")) {
                values.put(segments[i].substring(1, segments[i].length() - 1), path.get(i));
            } else if (!segments[i].equals(path.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(values);
    }
}
