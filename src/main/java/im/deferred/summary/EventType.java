package im.deferred.summary;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an Event header names (RFC 6665 §8.2.1, §8.4). Two are the same subscription's if both parts are equal, to the letter.
 *
 * @param name of the event package
 * @param id tells the subscriptions of one dialog apart
 */
record EventType(String name, Optional<String> id) {

    private static final String TOKEN = "[A-Za-z0-9.!%*_+`'~-]+";
    private static final Pattern NAME = Pattern.compile("\\s*(" + TOKEN + ")\\s*(;.*)?");
    private static final Pattern ID =
            Pattern.compile(";\\s*id\\s*=\\s*(" + TOKEN + ")\\s*(?=;|$)", Pattern.CASE_INSENSITIVE);

    EventType {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(id, "id");
    }

    /** What the header's value names; empty if there is no header, or none of use. */
    static Optional<EventType> parse(String header) {
        Matcher named = NAME.matcher(header == null ? "" : header);
        if (!named.matches()) {
            return Optional.empty();
        }
        Matcher id = ID.matcher(named.group(2) == null ? "" : named.group(2));
        return Optional.of(new EventType(named.group(1), id.find() ? Optional.of(id.group(1)) : Optional.empty()));
    }

    /** As a header's value. */
    @Override
    public String toString() {
        return name + id.map(value -> ";id=" + value).orElse("");
    }
}
