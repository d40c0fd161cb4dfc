package im.deferred.msrp;

import im.deferred.msrp.frame.MsrpRequest;
import java.util.List;

/** Both paths of a request, read once for all requests that carry the same ones. */
final class Route {
    final String toPath;
    final String fromPath;
    final List<MsrpUri> to;
    final List<MsrpUri> from;

    /** To-Path of a response: the first URI of From-Path (RFC 4975 §7.2). */
    final String replyTo;
    /** From-Path of a response: the first URI of To-Path. */
    final String replyFrom;
    /** The session these paths were found to belong to, or null. */
    MsrpSession session;
    /** Where a relay passes requests with these paths on to, or null. */
    Passage passage;

    /** @throws IllegalArgumentException when one of the paths has something in it that is no MSRP URI */
    Route(String toPath, String fromPath) {
        this.toPath = toPath;
        this.fromPath = fromPath;
        this.to = MsrpUri.parsePath(toPath);
        this.from = MsrpUri.parsePath(fromPath);
        this.replyTo = first(fromPath);
        this.replyFrom = first(toPath);
    }

    boolean isOf(MsrpRequest request) {
        return toPath.equals(request.toPath()) && fromPath.equals(request.fromPath());
    }

    private static String first(String path) {
        int space = path.indexOf(' ');
        return space < 0 ? path : path.substring(0, space);
    }
}
