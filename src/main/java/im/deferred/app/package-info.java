/**
 * The composition root: reads the configuration, builds the parts of the server, starts and stops them. Knows every room;
 * no room knows it.
 */
package im.deferred.app;
