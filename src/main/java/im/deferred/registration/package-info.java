/**
 * Who can be reached: takes the core's third-party REGISTER (seed, step 1; TS 24.229 §5.4.1.7) and keeps, per user, until when
 * the user is registered and with which devices. Where the core offers it, the registration event (RFC 3680) tells what a REGISTER
 * leaves out.
 *
 * <p>It may use the core, Jakarta Persistence and a MIME parser. It sends nothing but SUBSCRIBE, never asks what waits for a user,
 * and never takes 'registered' for 'reachable'. Who wants to know when a user registers listens.
 */
package im.deferred.registration;
