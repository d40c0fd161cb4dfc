package im.deferred.lab;

import java.util.List;
import java.util.Map;

/**
 * A {@code name-addr} or {@code addr-spec} with the parameters of its header (RFC 3261 §20.10).
 *
 * @param display the display name without quotes; empty where there is none
 * @param uri the URI as written
 * @param parameters the header parameters by their names in lower case
 */
public record SipAddress(String display, String uri, Map<String, String> parameters) {

    /** Reads one header value. */
    public static SipAddress parse(String value) {
        List<String> parts = Grammar.split(value, ';');
        String first = parts.get(0);
        Map<String, String> parameters = Grammar.parameters(parts.subList(1, parts.size()));
        int open = first.lastIndexOf('<');
        if (open < 0) {
            return new SipAddress("", first, parameters);
        }
        int close = first.indexOf('>', open);
        if (close < 0) {
            throw new IllegalArgumentException("no '>' in the address: " + value);
        }
        return new SipAddress(Grammar.unquoted(first.substring(0, open)), first.substring(open + 1, close), parameters);
    }

    /** The {@code tag} parameter, empty where there is none. */
    public String tag() {
        return parameters.getOrDefault("tag", "");
    }

    /** The URI, parsed. */
    public SipUri sipUri() {
        return SipUri.parse(uri);
    }

    /** Whether both mean the same, however they are written: URI without parameters, display name and tag. */
    public boolean means(SipAddress other) {
        return display.equals(other.display)
                && sipUri().aor().equals(other.sipUri().aor())
                && tag().equals(other.tag());
    }
}
