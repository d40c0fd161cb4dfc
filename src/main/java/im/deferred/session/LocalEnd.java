package im.deferred.session;

import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.RelayGrant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * This server's end of one session to be.
 *
 * @param path its {@code a=path}: the relay that it stands behind, if it does, then itself
 * @param relay what that relay granted to it
 */
public record LocalEnd(List<MsrpUri> path, Optional<RelayGrant> relay) {

    /** Gives fresh ends of this server; what its stages complete on may send SIP, and they fail when there can be none now. */
    public interface Source {

        /** One to be offered, over TLS or not as the operator wants clients to be invited. */
        CompletionStage<LocalEnd> toOffer();

        /**
         * One to answer an offer with, which decides whether it is over TLS. Whoever gets it opens its session, or withdraws it.
         *
         * @param secure whether the stream is {@code TCP/TLS/MSRP}
         */
        CompletionStage<LocalEnd> toAnswer(boolean secure);
    }

    /** Keeps a copy of the path. */
    public LocalEnd {
        path = List.copyOf(path);
    }

    /** One that is connected to at this URI, or connects itself. */
    public static LocalEnd at(MsrpUri uri) {
        return new LocalEnd(List.of(uri), Optional.empty());
    }

    /** One behind a relay (RFC 4976 §5.2). */
    public static LocalEnd behind(RelayGrant grant) {
        return new LocalEnd(grant.localPath(), Optional.of(grant));
    }

    /** Its own URI. */
    MsrpUri uri() {
        return path.get(path.size() - 1);
    }

    boolean isBehindRelay() {
        return path.size() > 1;
    }

    /** Nobody is sent to from here any more. */
    void leave() {
        relay.ifPresent(RelayGrant::close);
    }
}
