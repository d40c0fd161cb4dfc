package im.deferred.lab;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who can be reached where (RFC 3261 §10.3). On the loop's thread only. */
final class Registrar {

    private static final int DEFAULT_EXPIRES = 3600;

    /**
     * One binding.
     *
     * @param uri where requests go
     * @param contact the Contact value with its feature tags and {@code +sip.instance}, as the client gave it
     * @param until when it ends
     */
    record Binding(String uri, String contact, Instant until) {}

    private final Clock clock;
    private final Map<String, Map<String, Binding>> bindings = new HashMap<>();
    private final Map<String, List<String>> implicitSets = new HashMap<>();

    Registrar(Clock clock) {
        this.clock = clock;
    }

    /** Lets these identities be registered together (TS 24.229 §5.4.1.2.2: the implicit registration set). */
    void associate(List<String> aors) {
        aors.forEach(aor -> implicitSets.put(aor, List.copyOf(aors)));
    }

    /** All identities that the registration of this one registers. */
    List<String> associated(String aor) {
        return implicitSets.getOrDefault(aor, List.of(aor));
    }

    /** The bindings that hold now. */
    List<Binding> bindings(String aor) {
        Map<String, Binding> known = bindings.getOrDefault(key(aor), new HashMap<>());
        known.values().removeIf(binding -> !binding.until().isAfter(clock.instant()));
        return List.copyOf(known.values());
    }

    /** RFC 5627 §4.2: the public one names the instance, the temporary one is new each time. */
    private static String withGruus(String aor, String contact) {
        String instance =
                SipAddress.parse(contact).parameters().get("+sip.instance").replaceAll("[<>]", "");
        return contact + ";pub-gruu=\"" + aor + ";gr=" + instance + "\";temp-gruu=\"sip:tgruu." + Tokens.fresh(16) + "@"
                + SipUri.parse(aor).host() + ";gr\"";
    }

    /** The binding whose GRUU that is. */
    Optional<Binding> ofGruu(String gruu) {
        return bindings.keySet().stream()
                .flatMap(aor -> bindings(aor).stream())
                .filter(binding ->
                        SipAddress.parse(binding.contact()).parameters().containsValue(gruu))
                .findFirst();
    }

    /** Forgets the bindings. */
    void drop(String aor) {
        bindings.remove(key(aor));
    }

    private String key(String aor) {
        return associated(aor).get(0);
    }

    /** Changes the bindings as the REGISTER asks, and gives the 200 with those that hold now. */
    SipMessage register(SipMessage request) {
        String aor = request.to().sipUri().aor();
        Map<String, Binding> known = bindings.computeIfAbsent(key(aor), ignored -> new LinkedHashMap<>());
        int common = request.header("Expires").map(Integer::parseInt).orElse(DEFAULT_EXPIRES);
        for (String contact : request.all("Contact")) {
            if (contact.equals("*")) {
                known.clear();
                continue;
            }
            SipAddress address = SipAddress.parse(contact);
            String own = address.parameters().get("expires");
            int seconds = own == null ? common : Integer.parseInt(own);
            if (seconds == 0) {
                known.remove(address.uri());
            } else {
                String told = request.all("Supported").contains("gruu") ? withGruus(aor, contact) : contact;
                known.put(
                        address.uri(),
                        new Binding(address.uri(), told, clock.instant().plusSeconds(seconds)));
            }
        }
        SipMessage ok = SipMessage.response(request, 200, "OK").with("To", "<" + aor + ">;tag=" + Tokens.fresh(8));
        for (Binding binding : bindings(aor)) {
            long left = Duration.between(clock.instant(), binding.until())
                    .plusMillis(999)
                    .toSeconds();
            ok = ok.add("Contact", binding.contact().replaceAll(";\\s*expires=\\d+", "") + ";expires=" + left);
        }
        for (String one : associated(aor)) {
            ok = ok.add("P-Associated-URI", "<" + one + ">");
        }
        return ok;
    }
}
