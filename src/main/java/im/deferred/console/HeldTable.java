package im.deferred.console;

import im.deferred.message.DeferredMessage;
import im.deferred.message.StoredMessage;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;

/** The messages that no client took in any form, as a table: whose they are and why, not what they say. */
final class HeldTable {

    private static final String TABLE = """
            <h2>Held messages</h2>
            <p>%s Each is tried again when its recipient registers%s.</p>
            <table class="list">
            <tr><th>Since</th><th>For</th><th>From</th><th>What</th><th>Why</th><th></th></tr>
            %s</table>
            """;

    private static final String ROW = """
            <tr><td>%s</td><td>%s</td><td>%s</td><td>%s, %d octets</td><td>%s</td>\
            <td>%s</td></tr>
            """;

    private static final String RELEASE =
            "<form method=\"post\" action=\"api/v1/messages/%d/release\"><button>Release</button></form>";

    private HeldTable() {}

    /**
     * The table in HTML. Nothing if there are none.
     *
     * @param most of more messages it has the first ones
     * @param release whether each has a button to release it
     */
    static String of(List<StoredMessage> held, int most, boolean release) {
        if (held.isEmpty()) {
            return "";
        }
        String which = held.size() > most ? "The first " + most + "." : "";
        return TABLE.formatted(
                which,
                release ? ", or when it is released here" : "",
                held.stream().limit(most).map(each -> row(each, release)).collect(Collectors.joining()));
    }

    private static String row(StoredMessage held, boolean release) {
        DeferredMessage message = held.message();
        return ROW.formatted(
                message.receivedAt().truncatedTo(ChronoUnit.SECONDS),
                escaped(message.recipient().uri()),
                escaped(message.sender()),
                escaped(message.mediaType()),
                message.size(),
                escaped(held.heldReason().orElse("not told")),
                release ? RELEASE.formatted(message.id()) : "");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
