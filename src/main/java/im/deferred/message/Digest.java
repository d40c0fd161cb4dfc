package im.deferred.message;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** SHA-256 over texts and bodies, each text with its length, so that no two rows of texts give the same octets. */
final class Digest {

    private final MessageDigest digest;

    Digest() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    Digest add(String text) {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, octets.length));
        digest.update(octets);
        return this;
    }

    /** Reads all of the body. */
    Digest add(Body body) {
        for (long offset = 0; offset < body.length(); offset += MessageStore.PIECE) {
            digest.update(body.read(offset, MessageStore.PIECE));
        }
        return this;
    }

    /** 43 letters, digits, hyphens and underscores. */
    String value() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest());
    }
}
