package im.deferred.it;

import java.nio.ByteBuffer;

/** The first words of a TLS client that offers what no library of today would offer any more (RFC 5246 §7.4.1.2). */
final class TlsHello {

    /** The type of the record in which a server takes the offer; of one that refuses it, it is another (RFC 5246 §6.2.1). */
    static final int HANDSHAKE = 22;

    private static final int CLIENT_HELLO = 1;

    /** Groups, point format and signature algorithms that fit a certificate with a key on P-256. */
    private static final byte[] EXTENSIONS = {
        0,
        10,
        0,
        4,
        0,
        2,
        0,
        23, // supported_groups: secp256r1
        0,
        11,
        0,
        2,
        1,
        0, // ec_point_formats: uncompressed
        0,
        13,
        0,
        6,
        0,
        4,
        4,
        3,
        2,
        3 // signature_algorithms: ecdsa with SHA-256, ecdsa with SHA-1
    };

    private TlsHello() {}

    /** A record with a ClientHello of that version at most (0x0303 is TLS 1.2), and that cipher suite alone. */
    static byte[] offering(int version, int suite) {
        int length = 2 + 32 + 1 + 4 + 2 + 2 + EXTENSIONS.length;
        return ByteBuffer.allocate(5 + 4 + length)
                .put((byte) HANDSHAKE)
                .putShort((short) 0x0301)
                .putShort((short) (4 + length))
                .put((byte) CLIENT_HELLO)
                .put((byte) 0)
                .putShort((short) length)
                .putShort((short) version)
                .put(new byte[32]) // random
                .put((byte) 0) // no session
                .putShort((short) 2)
                .putShort((short) suite)
                .putShort((short) 0x0100) // no compression
                .putShort((short) EXTENSIONS.length)
                .put(EXTENSIONS)
                .array();
    }
}
