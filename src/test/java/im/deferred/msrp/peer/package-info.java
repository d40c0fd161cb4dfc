/**
 * A second MSRP implementation, written from the RFC in plain blocking NIO: what the server's own is measured against and tried with. It
 * shares no code with the server. {@link im.deferred.msrp.peer.Source} and {@link im.deferred.msrp.peer.Sink} are as fast as one thread
 * for each connection can be; {@link im.deferred.msrp.peer.OddClient} does what real clients do and should not.
 */
package im.deferred.msrp.peer;
