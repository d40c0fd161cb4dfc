/**
 * The nodes that share a database: which are there, and which of them has claimed what, so that no two do the same work. They speak to
 * each other through the database alone.
 *
 * <p>It knows no other room, and nothing of what is claimed but its name.
 */
package im.deferred.node;
