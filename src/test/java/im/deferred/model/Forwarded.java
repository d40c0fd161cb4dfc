package im.deferred.model;

import im.deferred.message.SipDouble;
import java.time.Instant;

/**
 * A MESSAGE on its way to a registered user.
 *
 * @param at when it was sent
 */
record Forwarded(Letter letter, SipDouble.Request request, Instant at) {}
