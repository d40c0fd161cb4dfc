/**
 * What each user chose about the delivery of deferred messages (seed, step 1: "according to the setting of the user"), and the
 * accounts of those who may use the relay.
 *
 * <p>It may use the core's identities and Jakarta Persistence. It never sends anything and never decides what a choice means
 * for a message: that is for the rooms that ask.
 */
package im.deferred.settings;
