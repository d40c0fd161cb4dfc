package im.deferred.model;

import im.deferred.message.SipDouble;
import java.time.Instant;

/** A MESSAGE of which the sender waits for the answer. */
record Arrival(Letter letter, SipDouble.Request request, Instant at) {}
