package im.deferred.msrp;

import im.deferred.msrp.frame.MsrpHeaders;

/**
 * What is known of an incoming message when its first chunk begins.
 *
 * @param messageId its Message-ID
 * @param contentType its Content-Type
 * @param length octets of the whole message as its sender announced them, or -1 when it did not; not to be relied on
 * @param headers all headers of that chunk but the paths
 */
public record IncomingMessage(String messageId, String contentType, long length, MsrpHeaders headers) {}
