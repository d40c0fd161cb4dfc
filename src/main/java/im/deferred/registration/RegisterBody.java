package im.deferred.registration;

import im.deferred.core.Aor;
import im.deferred.core.RefusedException;
import java.text.ParseException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.MissingResourceException;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * What the body of a third-party REGISTER tells (TS 24.229 §5.4.1.7 and §7.6): the service information in the user's
 * profile, and what copies of the client's own REGISTER and of its 200 say.
 *
 * <p>All of it is extra. A part that is not understood is left out, named in {@code ignored}, and costs nobody the
 * registration: a core may take our refusal as its reason to deregister the user altogether (TS 24.229 §5.4.1.7, default
 * handling SESSION_TERMINATED). Only a multipart body whose parts cannot be told from each other is refused.
 *
 * @param serviceInfo the text of the {@code service-info} element; null if not told
 * @param userAgent the client's User-Agent; null if not told
 * @param contacts the client's contacts, as the 200 lists them, or else as the REGISTER asked for them
 * @param associated the users in the implicit set, from P-Associated-URI of the 200 (RFC 7315 §4.1); empty if not told
 * @param ignored why something was left out, in our own words
 */
record RegisterBody(
        String serviceInfo, String userAgent, List<ToldContact> contacts, Set<Aor> associated, List<String> ignored) {

    /** The largest body that is looked at, in octets; the database takes a service-info of this length. */
    static final int MAX_SIZE = 65_536;

    /** The most devices and the most identities that one registration may have. */
    static final int MAX_VALUES = 100;

    /** The longest Contact that is taken, in characters. */
    static final int MAX_CONTACT = 4096;

    /** The longest User-Agent that is kept, in characters; the rest is cut off, since it is only shown. */
    static final int MAX_USER_AGENT = 255;

    RegisterBody {
        contacts = List.copyOf(contacts);
        associated = Set.copyOf(associated);
        ignored = List.copyOf(ignored);
    }

    /**
     * Reads a body.
     *
     * @param contentType the Content-Type, or null
     * @param content the octets, or null
     * @throws RefusedException with 400 if it is multipart and cannot be taken apart
     */
    static RegisterBody parse(String contentType, byte[] content) throws RefusedException {
        Reader reader = new Reader();
        if (contentType == null || content == null || content.length == 0) {
            return reader.body();
        }
        if (content.length > MAX_SIZE) {
            reader.ignored.add("a body over " + MAX_SIZE + " octets");
            return reader.body();
        }
        for (BodyPart part : BodyPart.split(contentType, content)) {
            reader.read(part);
        }
        return reader.body();
    }

    /** The contacts that are not being removed. */
    List<ClientContact> clientContacts(Instant now, Instant unlessTold) {
        return contacts.stream()
                .filter(contact -> contact.seconds().orElse(1) > 0)
                .map(contact -> contact.at(now, unlessTold))
                .toList();
    }

    /** Gathers what the parts tell. */
    private static final class Reader {

        private final List<String> ignored = new ArrayList<>();
        private String serviceInfo;
        private String userAgent;
        private List<ToldContact> asked = List.of();
        private List<ToldContact> granted = List.of();
        private Set<Aor> associated = Set.of();

        void read(BodyPart part) {
            try {
                switch (part.type()) {
                    case "application/3gpp-ims+xml" -> serviceInfo = serviceInfo(part.content());
                    case "message/sip" -> read(EmbeddedSip.parse(part.content()));
                    default -> {} // what a core adds for others
                }
            } catch (XMLStreamException | MissingResourceException e) {
                // The JDK's reader has no words for some faults in a DOCTYPE, and tells that instead.
                ignored.add("3gpp-ims+xml: not well-formed");
            } catch (ParseException e) {
                ignored.add("message/sip: " + e.getMessage());
            }
        }

        private void read(EmbeddedSip message) throws ParseException {
            if (message.isRegister()) {
                asked = contacts(message);
                userAgent = message.first("user-agent")
                        .map(text -> text.substring(0, Math.min(text.length(), MAX_USER_AGENT)))
                        .orElse(null);
            } else if (message.isSuccessOfRegister()) {
                granted = contacts(message);
                associated = users(message.values("p-associated-uri"));
            } else {
                ignored.add("message/sip: neither a REGISTER nor its 200");
            }
        }

        private Set<Aor> users(List<String> values) throws ParseException {
            Set<Aor> users = new LinkedHashSet<>();
            for (String value : limited(values)) {
                String uri = HeaderValue.parse(value).uri();
                try {
                    users.add(new Aor(uri));
                } catch (IllegalArgumentException e) {
                    ignored.add("P-Associated-URI: " + e.getMessage());
                }
            }
            return users;
        }

        RegisterBody body() {
            return new RegisterBody(
                    serviceInfo, userAgent, granted.isEmpty() ? asked : completed(), associated, ignored);
        }

        /** Plain registrars keep no feature tags, and list none in the 200: what the client said of itself holds. */
        private List<ToldContact> completed() {
            Map<String, ToldContact> byUri = asked.stream()
                    .collect(Collectors.toMap(ToldContact::uri, Function.identity(), (first, second) -> first));
            return granted.stream()
                    .map(contact -> contact.completedBy(byUri.getOrDefault(contact.uri(), contact)))
                    .toList();
        }
    }

    private static List<ToldContact> contacts(EmbeddedSip message) throws ParseException {
        List<ToldContact> contacts = new ArrayList<>();
        for (String value : limited(message.values("contact"))) {
            if (value.length() > MAX_CONTACT) {
                throw new ParseException("a Contact over " + MAX_CONTACT + " characters", 0);
            }
            if (!value.equals("*")) {
                HeaderValue address = HeaderValue.parse(value);
                contacts.add(new ToldContact(address, seconds(address, message)));
            }
        }
        return contacts;
    }

    /** RFC 3261 §10.3 step 7: the Contact's own expires counts before the message's. */
    private static OptionalLong seconds(HeaderValue contact, EmbeddedSip message) {
        return Stream.concat(Stream.ofNullable(contact.parameters().get("expires")), message.first("expires").stream())
                .map(DeltaSeconds::parse)
                .findFirst()
                .orElse(OptionalLong.empty());
    }

    private static List<String> limited(List<String> values) throws ParseException {
        if (values.size() > MAX_VALUES) {
            throw new ParseException("more than " + MAX_VALUES + " values", MAX_VALUES);
        }
        return values;
    }

    private static String serviceInfo(byte[] document) throws XMLStreamException {
        XMLStreamReader reader = PlainXml.reader(document);
        try {
            while (reader.hasNext()) {
                if (reader.next() == XMLStreamReader.START_ELEMENT
                        && reader.getLocalName().equals("service-info")) {
                    return reader.getElementText().trim();
                }
            }
            return null;
        } finally {
            reader.close();
        }
    }
}
