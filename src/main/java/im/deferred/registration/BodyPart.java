package im.deferred.registration;

import im.deferred.core.RefusedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.codec.DecodeMonitor;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.stream.MimeTokenStream;
import org.apache.james.mime4j.stream.RawFieldParser;
import org.apache.james.mime4j.stream.RecursionMode;

/**
 * One part of a body; a body that is not multipart is one part.
 *
 * @param type its media type, in lower case, without parameters
 * @param content its octets, transfer encoding undone
 */
record BodyPart(String type, byte[] content) {

    /** The most parts, multiparts within each other counted, that are taken; what comes behind is left out. */
    static final int MAX_PARTS = 16;

    /** A buffer that the parser keeps with each thread; the container's threads are not to hold it after this application. */
    private static final ThreadLocal<?> BUFFER = parsersBuffer();

    /**
     * Takes a body apart.
     *
     * @throws RefusedException with 400 if it claims to be multipart and has no boundary, or ends before its last one
     */
    static List<BodyPart> split(String contentType, byte[] body) throws RefusedException {
        // Strict about the framing, so that a body cut short is seen; silent about the parts' own headers.
        MimeTokenStream stream = new MimeTokenStream(MimeConfig.STRICT, DecodeMonitor.SILENT, null);
        stream.setRecursionMode(RecursionMode.M_NO_RECURSE);
        List<BodyPart> parts = new ArrayList<>();
        try {
            stream.parseHeadless(new ByteArrayInputStream(body), contentType.replaceAll("[\\r\\n]+", " "));
            if (isMultipart(contentType) && !hasBoundary(stream)) {
                throw new RefusedException(400, "Multipart Body Without Boundary");
            }
            int seen = 0;
            for (EntityState state = stream.getState();
                    state != EntityState.T_END_OF_STREAM && seen < MAX_PARTS;
                    state = stream.next()) {
                if (state == EntityState.T_BODY) {
                    try (InputStream part = stream.getDecodedInputStream()) {
                        parts.add(new BodyPart(stream.getBodyDescriptor().getMimeType(), part.readAllBytes()));
                    }
                }
                if (state == EntityState.T_BODY || state == EntityState.T_START_MULTIPART) {
                    seen++;
                }
            }
        } catch (MimeException | IOException | IllegalArgumentException e) {
            throw new RefusedException(400, "Malformed Multipart Body", e);
        } finally {
            BUFFER.remove();
        }
        return parts;
    }

    private static boolean isMultipart(String contentType) {
        return contentType.trim().toLowerCase(Locale.ROOT).startsWith("multipart/");
    }

    private static boolean hasBoundary(MimeTokenStream stream) {
        String boundary = stream.getBodyDescriptor().getBoundary();
        return boundary != null && !boundary.isBlank();
    }

    private static ThreadLocal<?> parsersBuffer() {
        try {
            Field buffer = RawFieldParser.class.getDeclaredField("DECODE_BUFFER");
            buffer.setAccessible(true);
            return (ThreadLocal<?>) buffer.get(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("another release of the parser", e);
        }
    }
}
