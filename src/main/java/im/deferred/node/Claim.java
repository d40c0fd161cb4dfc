package im.deferred.node;

/**
 * The right of one node to do a work.
 *
 * @param what the work, such as the pushes to one recipient
 * @param node the number of the node
 * @param serial which claim of that node it is: a work that is claimed again is another claim
 */
public record Claim(String what, long node, long serial) {}
