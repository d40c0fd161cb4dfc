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
            <p>%s Each is tried again when its recipient registers, or when it is released here.</p>
            <table class="list">
            <tr><th>Since</th><th>For</th><th>From</th><th>What</th><th>Why</th><th></th></tr>
            %s</table>
            """;

    private static final String ROW = """
            <tr><td>%s</td><td>%s</td><td>%s</td><td>%s, %d octets</td><td>%s</td>\
            <td><form method="post" action="api/v1/messages/%d/release"><button>Release</button></form></td></tr>
            """;

    private HeldTable() {}

    /** The table in HTML; of more messages than it may have, the first ones. Nothing if there are none. */
    static String of(List<StoredMessage> held, int most) {
        if (held.isEmpty()) {
            return "";
        }
        String which = held.size() > most ? "The first " + most + "." : "";
        return TABLE.formatted(
                which, held.stream().limit(most).map(HeldTable::row).collect(Collectors.joining()));
    }

    private static String row(StoredMessage held) {
        DeferredMessage message = held.message();
        return ROW.formatted(
                message.receivedAt().truncatedTo(ChronoUnit.SECONDS),
                escaped(message.recipient().uri()),
                escaped(message.sender()),
                escaped(message.mediaType()),
                message.size(),
                escaped(held.heldReason().orElse("not told")),
                message.id());
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
