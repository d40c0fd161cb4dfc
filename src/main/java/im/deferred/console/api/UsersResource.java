package im.deferred.console.api;

import im.deferred.console.api.Problem.Kind;
import im.deferred.core.Aor;
import im.deferred.core.SipIpCore;
import im.deferred.message.MessageCounts;
import im.deferred.message.MessageStore;
import im.deferred.registration.ClientContact;
import im.deferred.registration.Registration;
import im.deferred.registration.Registrations;
import im.deferred.settings.Choices;
import im.deferred.settings.DeliverySetting;
import im.deferred.settings.UserSettings;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;

/** {@code /users/{aor}}: whether a user can be reached, what the user chose, and how much waits. */
public final class UsersResource implements Resource {

    private static final Logger log = LoggerFactory.getLogger(UsersResource.class);

    private static final int MAX_REQUEST = 4096;

    private final SipIpCore core;
    private final Registrations registrations;
    private final UserSettings settings;
    private final MessageStore store;
    private final JsonReader json = new JsonReader(MAX_REQUEST, MAX_REQUEST);

    public UsersResource(SipIpCore core, Registrations registrations, UserSettings settings, MessageStore store) {
        this.core = core;
        this.registrations = registrations;
        this.settings = settings;
        this.store = store;
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route("GET", "users/{aor}", this::show),
                new Route("GET", "users/{aor}/setting", this::setting),
                new Route("PUT", "users/{aor}/setting", this::choose),
                new Route("DELETE", "users/{aor}/setting", this::reset));
    }

    private Answer show(Call call) {
        Aor user = user(call);
        Optional<Registration> registration = registrations.find(user);
        MessageCounts count = store.count(user);
        return Answer.json(200, members -> {
            members.writeStringProperty("aor", user.uri());
            registration.ifPresent(there -> {
                members.writeStringProperty("registeredUntil", there.expiresAt().toString());
                members.writeArrayPropertyStart("contacts");
                there.contacts().forEach(contact -> write(contact, members));
                members.writeEndArray();
            });
            members.writeObjectPropertyStart("setting");
            writeSetting(user, members);
            members.writeEndObject();
            members.writeObjectPropertyStart("inForce");
            members.writeStringProperty("delivery", name(settings.of(user)));
            members.writeBooleanProperty("pageMode", settings.allowsPageMode(user));
            members.writeEndObject();
            members.writeNumberProperty("waiting", count.waiting());
            members.writeNumberProperty("held", count.held());
        });
    }

    private Answer setting(Call call) {
        Aor user = user(call);
        return Answer.json(200, members -> writeSetting(user, members));
    }

    private Answer choose(Call call) throws IOException {
        Aor user = user(call);
        Choice choice = new Choice();
        json.read(call.http(), choice.members());
        settings.choose(user, new Choices(choice.delivery, choice.pageMode));
        log.info("{} chose for {}: {} {}", call.http().getRemoteAddr(), user, choice.delivery, choice.pageMode);
        return setting(call);
    }

    private Answer reset(Call call) {
        Aor user = user(call);
        settings.reset(user);
        log.info("{} reset the choice of {}", call.http().getRemoteAddr(), user);
        return Answer.nothing();
    }

    private Aor user(Call call) {
        Aor user;
        try {
            user = new Aor(call.path().get("aor"));
        } catch (IllegalArgumentException e) {
            throw new Problem(Kind.NOT_FOUND, e.getMessage());
        }
        if (!core.serves(user)) {
            throw new Problem(Kind.UNKNOWN_DOMAIN, "the user's domain is not served here");
        }
        return user;
    }

    private void writeSetting(Aor user, JsonGenerator members) {
        Choices choices = settings.choices(user);
        members.writeStringProperty(
                "delivery", choices.delivery().map(UsersResource::name).orElse(null));
        members.writeName("pageMode");
        choices.pageMode().ifPresentOrElse(members::writeBoolean, members::writeNull);
    }

    private static void write(ClientContact contact, JsonGenerator members) {
        members.writeStartObject();
        members.writeStringProperty("uri", withoutSecrets(contact.uri()));
        members.writeStringProperty("expiresAt", contact.expiresAt().toString());
        members.writeArrayPropertyStart("featureTags");
        contact.featureTags().keySet().stream()
                .filter(tag -> tag.startsWith("+") && !tag.equals("+sip.instance"))
                .forEach(members::writeString);
        members.writeEndArray();
        members.writeEndObject();
    }

    /** Without password and parameters: some let others reach the device, such as the tokens of push notification (RFC 8599). */
    private static String withoutSecrets(String contact) {
        int at = contact.lastIndexOf('@');
        String user = contact.substring(0, at + 1);
        int password = user.indexOf(':', user.indexOf(':') + 1);
        String host = contact.substring(at + 1).split("[;?]", 2)[0];
        return (password < 0 ? user : user.substring(0, password) + "@") + host;
    }

    private static String name(DeliverySetting delivery) {
        return delivery.name().toLowerCase(Locale.ROOT);
    }

    /** The members of a choice; null or absent leaves it to the server's default. */
    private static final class Choice {

        private static final Map<String, DeliverySetting> DELIVERIES = Stream.of(DeliverySetting.values())
                .collect(Collectors.toMap(UsersResource::name, delivery -> delivery));

        private Optional<DeliverySetting> delivery = Optional.empty();
        private Optional<Boolean> pageMode = Optional.empty();

        Map<String, JsonReader.Member> members() {
            return Map.of(
                    "delivery",
                            value -> delivery =
                                    value.isNull() ? Optional.empty() : Optional.of(value.text(6, Choice::delivery)),
                    "pageMode", value -> pageMode = Optional.ofNullable(value.truthOrNull()));
        }

        private static DeliverySetting delivery(String name) {
            return Optional.ofNullable(DELIVERIES.get(name))
                    .orElseThrow(() -> new IllegalArgumentException("is one of push, notify, pull, hold"));
        }
    }
}
