/**
 * The lab: a small SIP/IP core and users with a SIP and an MSRP client of their own, on real loopback sockets.
 *
 * <p>It is the other side of every wire the server speaks on. {@link im.deferred.lab.Lab} plays the flow of the seed once
 * and prints it as a ladder; tests drive a deployed server through {@link im.deferred.lab.SipCore} and
 * {@link im.deferred.lab.User}. It is written against the RFCs with the sockets of the JDK, and uses nothing of the server:
 * what both sides got wrong together, no test would find.
 *
 * <p>All sockets and timers run on one thread ({@link im.deferred.lab.Loop}), so protocol state needs no locks; what callers
 * wait for is kept in an {@link im.deferred.lab.Inbox}, always with a bound on the time.
 */
package im.deferred.lab;
