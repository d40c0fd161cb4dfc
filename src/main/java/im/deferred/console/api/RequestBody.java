package im.deferred.console.api;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The content of a request, up to a limit. */
final class RequestBody extends FilterInputStream {

    private final long limit;
    private final Problem beyond;
    private long taken;

    /**
     * @param limit the most octets that are read
     * @param beyond thrown when there are more
     */
    RequestBody(InputStream content, long limit, Problem beyond) {
        super(content);
        this.limit = limit;
        this.beyond = beyond;
    }

    @Override
    public int read() throws IOException {
        int octet = in.read();
        count(octet < 0 ? 0 : 1);
        return octet;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count = in.read(into, offset, length);
        count(Math.max(0, count));
        return count;
    }

    /** Reads what is left, within the limit: a client that still writes when it is refused hears of it (RFC 9112 §9.6). */
    void drain() throws IOException {
        byte[] octets = new byte[8192];
        int count = 0;
        while (count >= 0 && taken <= limit) {
            count = in.read(octets);
            taken += Math.max(0, count);
        }
    }

    /** The container closes it. */
    @Override
    public void close() {}

    private void count(int octets) {
        taken += octets;
        if (taken > limit) {
            throw beyond;
        }
    }
}
