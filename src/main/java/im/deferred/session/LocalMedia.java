package im.deferred.session;

import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.MsrpUri;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * This server's side of an MSRP session, as its offers and answers say it (RFC 4975 §8, RFC 6135 §4.2, RFC 6714, RFC 8122). It is over TLS when
 * the first URI of its path is {@code msrps:}. One behind a relay names no certificate, since the peer sees that of the relay, and no
 * anchor (RFC 6714 §4).
 *
 * @param setup who connects; none in the answer to an offer that has none (RFC 4145 §4.1)
 * @param cema whether it speaks CEMA: in an answer, whether the offer does
 * @param certificates that may be shown when it is over TLS
 */
record LocalMedia(LocalEnd end, Terms terms, Optional<Setup> setup, boolean cema, List<Fingerprint> certificates) {

    private static final String TIMING = "t=0 0";

    LocalMedia {
        certificates = List.copyOf(certificates);
    }

    /** To be offered: the other end may choose who connects. */
    static LocalMedia offering(LocalEnd end, Terms terms, List<Fingerprint> certificates) {
        return new LocalMedia(end, terms, Optional.of(Setup.ACTPASS), true, certificates);
    }

    /** In answer to that offer. */
    static LocalMedia answering(MessageMedia offer, LocalEnd end, Terms terms, List<Fingerprint> certificates) {
        return new LocalMedia(
                end,
                terms.with(terms.direction().answering(offer.direction())),
                offer.setup().map(Setup::answer),
                offer.cema(),
                certificates);
    }

    LocalMedia with(Direction direction) {
        return new LocalMedia(end, terms.with(direction), setup, cema, certificates);
    }

    LocalMedia withoutSetup() {
        return new LocalMedia(end, terms, Optional.empty(), cema, certificates);
    }

    LocalMedia with(Setup connecting) {
        return new LocalMedia(end, terms, Optional.of(connecting), cema, certificates);
    }

    /**
     * As an SDP with this one stream.
     *
     * @param id of the session in the {@code o=} line
     * @param version of this description there (RFC 3264 §5)
     */
    String offer(long id, long version) {
        List<String> lines = head(id, version, TIMING);
        lines.addAll(lines());
        return text(lines);
    }

    /**
     * As the answer to an SDP: the same streams, all but the first {@code m=message} rejected, at the same time (RFC 3264 §6).
     *
     * @param offer an SDP that {@link MessageMedia#parse} has read
     */
    String answer(long id, long version, String offer) {
        List<String> offered = offer.lines().toList();
        List<String> lines = head(
                id,
                version,
                offered.stream()
                        .filter(line -> line.startsWith("t="))
                        .findFirst()
                        .orElse(TIMING));
        boolean taken = false;
        for (String line : offered) {
            if (line.startsWith(MessageMedia.MESSAGE) && !taken) {
                taken = true;
                lines.addAll(lines());
            } else if (line.startsWith("m=")) {
                lines.add(line.replaceFirst(" +[0-9]+(/[0-9]+)? +", " 0 "));
            }
        }
        return text(lines);
    }

    private List<String> head(long id, long version, String timing) {
        return new ArrayList<>(List.of(
                "v=0",
                "o=- " + id + " " + version + " IN " + address(end.uri()),
                "s=-",
                "c=IN " + address(end.path().get(0)),
                timing));
    }

    private List<String> lines() {
        MsrpUri first = end.path().get(0);
        String protocol = first.secure() ? MessageMedia.TLS : MessageMedia.TCP;
        List<String> lines = new ArrayList<>(List.of(
                MessageMedia.MESSAGE + first.portOrDefault() + " " + protocol + " *",
                "a=path:" + MsrpUri.formatPath(end.path()),
                "a=accept-types:" + String.join(" ", terms.acceptTypes())));
        if (!terms.acceptWrappedTypes().isEmpty()) {
            lines.add("a=accept-wrapped-types:" + String.join(" ", terms.acceptWrappedTypes()));
        }
        terms.maxSize().ifPresent(octets -> lines.add("a=max-size:" + octets));
        setup.ifPresent(connecting -> lines.add("a=setup:" + connecting));
        if (!end.isBehindRelay()) {
            if (cema) {
                lines.add("a=msrp-cema");
            }
            if (first.secure()) {
                certificates.forEach(certificate -> lines.add("a=fingerprint:" + certificate));
            }
        }
        lines.add("a=" + terms.direction());
        return lines;
    }

    private static String text(List<String> lines) {
        return String.join("\r\n", lines) + "\r\n";
    }

    private static String address(MsrpUri uri) {
        return (uri.host().contains(":") ? "IP6 " : "IP4 ") + uri.host();
    }
}
