package im.deferred.it;

import static im.deferred.it.Scene.SOON;

import im.deferred.lab.RawClient;
import im.deferred.lab.SipMessage;
import im.deferred.lab.Transport;
import java.net.InetSocketAddress;

/** A core at the server where that is by default, over UDP: a message comes for an absent user, who then registers. */
final class CoreOfOneUser {

    private CoreOfOneUser() {}

    /** @param arguments the user's AoR */
    public static void main(String[] arguments) {
        try (RawClient core = new RawClient(Transport.UDP, "127.0.0.1", new InetSocketAddress("127.0.0.1", 5080))) {
            answered(core, 202, Requests.message(arguments[0], "hello"));
            answered(core, 200, Requests.register(arguments[0]));
        }
    }

    private static void answered(RawClient core, int status, SipMessage request) {
        int found = Requests.send(core, "UDP", request).awaitFinal(SOON).status();
        if (found != status) {
            throw new AssertionError(found + " to " + request.startLine());
        }
    }
}
