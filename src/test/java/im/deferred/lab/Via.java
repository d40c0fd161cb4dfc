package im.deferred.lab;

import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One Via value (RFC 3261 §20.42).
 *
 * @param protocol {@code UDP} or {@code TCP}, as written
 * @param sentBy host and optional port, as written
 * @param parameters branch, received, rport and others
 */
record Via(String protocol, String sentBy, Map<String, String> parameters) {

    static Via parse(String value) {
        List<String> parts = Grammar.split(value, ';');
        String[] sent = parts.get(0).split("\\s+");
        if (sent.length != 2 || !sent[0].startsWith("SIP/2.0/")) {
            throw new IllegalArgumentException("not a Via: " + value);
        }
        return new Via(
                sent[0].substring("SIP/2.0/".length()), sent[1], Grammar.parameters(parts.subList(1, parts.size())));
    }

    String branch() {
        return parameters.getOrDefault("branch", "");
    }

    /** The address of the sent-by part, where it is an address. */
    Optional<InetSocketAddress> address() {
        return SipUri.parse("sip:" + sentBy).address();
    }

    Via with(String name, String value) {
        Map<String, String> changed = new LinkedHashMap<>(parameters);
        changed.put(name, value);
        return new Via(protocol, sentBy, changed);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("SIP/2.0/" + protocol + " " + sentBy);
        parameters.forEach((name, value) -> text.append(';').append(name).append(value.isEmpty() ? "" : "=" + value));
        return text.toString();
    }
}
