package im.deferred.registration;

import im.deferred.core.Aor;
import im.deferred.core.RefusedException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.MissingResourceException;
import java.util.OptionalLong;
import java.util.Set;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one {@code application/reginfo+xml} (RFC 3680 §5.3, GRUUs: RFC 5628 §5). Elements and attributes of others are passed over; an
 * identity that is no user's, such as a service's with wildcards (TS 24.229 §5.4.2.1.2), is left out.
 */
final class RegInfoReader {

    /** The largest document that is taken, in octets. */
    static final int MAX_SIZE = 262_144;

    private static final String NAMESPACE = "urn:ietf:params:xml:ns:reginfo";
    private static final String GRUU_NAMESPACE = "urn:ietf:params:xml:ns:gruuinfo";

    private static final Logger log = LoggerFactory.getLogger(RegInfoReader.class);

    private final XMLStreamReader xml;

    private RegInfoReader(XMLStreamReader xml) {
        this.xml = xml;
    }

    static RegInfo read(byte[] document) throws RefusedException {
        if (document.length > MAX_SIZE) {
            throw new RefusedException(413, "Registration Information Too Large");
        }
        try {
            XMLStreamReader xml = PlainXml.reader(document);
            try {
                return new RegInfoReader(xml).document();
            } finally {
                xml.close();
            }
        } catch (XMLStreamException | MissingResourceException e) {
            // The JDK's reader has no words for some faults in a DOCTYPE, and tells that instead.
            throw new RefusedException(400, "Malformed Registration Information", e);
        }
    }

    private RegInfo document() throws XMLStreamException, RefusedException {
        xml.nextTag();
        xml.require(XMLStreamReader.START_ELEMENT, NAMESPACE, "reginfo");
        OptionalLong version = DeltaSeconds.parse(attribute("version"));
        boolean full = attribute("state", "full", "partial").equals("full");
        Map<Aor, RegInfo.Entry> registrations = new LinkedHashMap<>();
        while (nextChild()) {
            if (is(NAMESPACE, "registration")) {
                registration(registrations);
            } else {
                skip();
            }
        }
        while (xml.hasNext()) {
            xml.next(); // what stands behind the root must be well-formed too
        }
        return new RegInfo(version.orElseThrow(() -> unexpected("version")), full, List.copyOf(registrations.values()));
    }

    private void registration(Map<Aor, RegInfo.Entry> registrations) throws XMLStreamException, RefusedException {
        String aor = attribute("aor");
        boolean active = attribute("state", "active", "init", "terminated").equals("active");
        List<ToldContact> present = new ArrayList<>();
        Set<String> gone = new HashSet<>();
        while (nextChild()) {
            if (!is(NAMESPACE, "contact")) {
                skip();
            } else if (attribute("state", "active", "terminated").equals("active")) {
                present.add(contact());
            } else {
                gone.add(contact().uri());
            }
        }
        if (registrations.size() == RegisterBody.MAX_VALUES || present.size() + gone.size() > RegisterBody.MAX_VALUES) {
            throw new RefusedException(400, "Too Many Registrations Or Contacts");
        }
        try {
            Aor user = new Aor(aor);
            registrations.merge(user, new RegInfo.Entry(user, active, present, gone), RegInfo.Entry::and);
        } catch (IllegalArgumentException e) {
            log.debug("left out a registration: {}", e.getMessage());
        }
    }

    private ToldContact contact() throws XMLStreamException, RefusedException {
        OptionalLong seconds = optional("expires").isEmpty() ? OptionalLong.empty() : expires();
        Map<String, String> parameters = new LinkedHashMap<>();
        String q = optional("q");
        if (!q.isEmpty()) {
            parameters.put("q", q);
        }
        String uri = "";
        while (nextChild()) {
            if (is(NAMESPACE, "uri")) {
                uri = xml.getElementText().trim();
            } else if (is(NAMESPACE, "unknown-param")) {
                String name = attribute("name").toLowerCase(Locale.ROOT);
                parameter(
                        parameters,
                        name,
                        HeaderValue.unquoted(xml.getElementText().trim()));
            } else if (is(GRUU_NAMESPACE, ClientContact.PUBLIC_GRUU)
                    || is(GRUU_NAMESPACE, ClientContact.TEMPORARY_GRUU)) {
                parameter(parameters, xml.getLocalName(), attribute("uri"));
                skip();
            } else {
                skip();
            }
        }
        if (uri.isEmpty() || uri.length() + length(parameters) > RegisterBody.MAX_CONTACT) {
            throw unexpected("uri");
        }
        return new ToldContact(new HeaderValue(uri, parameters), seconds);
    }

    private OptionalLong expires() throws RefusedException {
        OptionalLong seconds = DeltaSeconds.parse(optional("expires"));
        if (seconds.isEmpty()) {
            throw unexpected("expires");
        }
        return seconds;
    }

    /** One whose name is no token (RFC 3261 §25.1) could not have stood in a Contact. */
    private static void parameter(Map<String, String> parameters, String name, String value) {
        if (name.matches("[a-z0-9.!%*_+`'~-]+")) {
            parameters.putIfAbsent(name, value);
        }
    }

    private static int length(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .mapToInt(entry -> entry.getKey().length() + entry.getValue().length())
                .sum();
    }

    /** Goes on to the next child of the element that it stands in; false at the element's end. */
    private boolean nextChild() throws XMLStreamException {
        while (true) {
            int event = xml.next();
            if (event == XMLStreamReader.START_ELEMENT || event == XMLStreamReader.END_ELEMENT) {
                return event == XMLStreamReader.START_ELEMENT;
            }
        }
    }

    /** To the end of the element that has just begun. */
    private void skip() throws XMLStreamException {
        for (int depth = 1; depth > 0; ) {
            depth += nextChild() ? 1 : -1;
        }
    }

    private boolean is(String namespace, String name) {
        return namespace.equals(xml.getNamespaceURI()) && name.equals(xml.getLocalName());
    }

    private String optional(String name) {
        String value = xml.getAttributeValue(null, name);
        return value == null ? "" : value.trim();
    }

    /** Which must be there, with one of these values if any are given. */
    private String attribute(String name, String... allowed) throws RefusedException {
        String value = optional(name);
        if (value.isEmpty() || allowed.length > 0 && !List.of(allowed).contains(value)) {
            throw unexpected(name);
        }
        return value;
    }

    private static RefusedException unexpected(String what) {
        return new RefusedException(400, "Registration Information With A Bad " + what);
    }
}
