package im.deferred.model;

import im.deferred.message.SipDouble;

/** A MESSAGE on its way to a registered user. */
record Forwarded(Letter letter, SipDouble.Request request) {}
