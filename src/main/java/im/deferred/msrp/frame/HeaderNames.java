package im.deferred.msrp.frame;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The names that a connection meets all the time, so that reading them makes no new strings; and for each the value it had in the frame
 * before, which is most often the value it has now.
 */
final class HeaderNames {
    private final Known[] known = {
        new Known(MsrpHeaders.TO_PATH),
        new Known(MsrpHeaders.FROM_PATH),
        new Known(MsrpHeaders.MESSAGE_ID),
        new Known(MsrpHeaders.BYTE_RANGE),
        new Known(MsrpHeaders.CONTENT_TYPE),
        new Known(MsrpHeaders.SUCCESS_REPORT),
        new Known(MsrpHeaders.FAILURE_REPORT),
        new Known(MsrpHeaders.STATUS),
    };

    /** The known name that these octets spell, or null. */
    Known find(byte[] line, int length) {
        for (Known candidate : known) {
            if (candidate.octets.length == length && candidate.isSpeltBy(line)) {
                return candidate;
            }
        }
        return null;
    }

    static final class Known {
        final String name;
        private final byte[] octets;
        private byte[] lastOctets = {};
        private int lastLength = -1;
        private String lastValue;

        Known(String name) {
            this.name = name;
            this.octets = name.getBytes(StandardCharsets.US_ASCII);
        }

        private boolean isSpeltBy(byte[] line) {
            for (int i = 0; i < octets.length; i++) {
                int difference = line[i] ^ octets[i];
                if (difference != 0 && (difference != 0x20 || !MsrpSyntax.isAlphanumeric((char) line[i]))) {
                    return false;
                }
            }
            return true;
        }

        /** The value last remembered when these octets are the same, otherwise null. */
        String recall(byte[] line, int from, int to) {
            return to - from == lastLength && Arrays.equals(line, from, to, lastOctets, 0, lastLength)
                    ? lastValue
                    : null;
        }

        void remember(byte[] line, int from, int to, String value) {
            lastLength = to - from;
            if (lastOctets.length < lastLength) {
                lastOctets = new byte[lastLength];
            }
            System.arraycopy(line, from, lastOctets, 0, lastLength);
            lastValue = value;
        }
    }
}
