package im.deferred.registration;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * A contact of a client as the core tells it, its time counted from when it is told.
 *
 * @param address its URI and parameters
 * @param seconds how long it lasts from now, 0 if it is being removed; none if that is not told
 */
record ToldContact(HeaderValue address, OptionalLong seconds) {

    ToldContact {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(seconds, "seconds");
    }

    String uri() {
        return address.uri();
    }

    /** The same, with those parameters of the other that it has not itself; its time stays its own. */
    ToldContact completedBy(ToldContact other) {
        Map<String, String> parameters = new LinkedHashMap<>(other.address.parameters());
        parameters.remove("expires");
        parameters.putAll(address.parameters());
        return new ToldContact(new HeaderValue(uri(), parameters), seconds);
    }

    ClientContact at(Instant now, Instant unlessTold) {
        String instance = address.parameters().get(ClientContact.INSTANCE);
        return new ClientContact(
                address.uri(),
                instance == null ? null : instance.replaceAll("[<>]", ""),
                address.parameters(),
                seconds.isPresent() ? now.plusSeconds(seconds.getAsLong()) : unlessTold);
    }
}
