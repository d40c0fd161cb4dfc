package im.deferred.msrp;

import java.util.List;

/**
 * Where the relay passes the requests of one route on to.
 *
 * @param grants by which they go: one, or two when both ends are clients of this relay
 * @param lane to the next hop, or null when it cannot be reached
 * @param toPath To-Path of what goes on: without the relay's URIs
 * @param fromPath From-Path of what goes on: the relay's URIs before the others
 */
record Passage(List<Grant> grants, Lane lane, String toPath, String fromPath) {
    /** Takes the URIs of the relay off the front of To-Path and puts them before From-Path, as they stand there (RFC 4976 §6.2). */
    static Passage of(Route route, List<Grant> grants, Lane lane) {
        String toPath = route.toPath;
        String fromPath = route.fromPath;
        for (int i = 0; i < grants.size(); i++) {
            int space = toPath.indexOf(' ');
            fromPath = toPath.substring(0, space) + ' ' + fromPath;
            toPath = toPath.substring(space + 1).stripLeading();
        }
        return new Passage(grants, lane, toPath, fromPath);
    }

    boolean isOver() {
        return lane == null || lane.isOver() || grants.stream().anyMatch(Grant::isOver);
    }

    /** Whether what comes on that connection comes from the client to whom the first URI was granted. */
    boolean isFromClient(MsrpConnection from) {
        return grants.get(0).connection == from;
    }

    RelayUser user() {
        return grants.get(0).user;
    }
}
