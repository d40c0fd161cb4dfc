/**
 * Tests of the packaged WAR in a container, from the outside: what they know of the server is where it listens
 * ({@link im.deferred.it.DeployedServer}), and what they say to it goes over sockets, from the lab.
 *
 * <p>{@link im.deferred.it.ContainerUnderTest} lets Arquillian deploy into the embedded server, or into
 * {@linkplain im.deferred.it.OpenLiberty Open Liberty}, once for each test class. Tests that restart or kill the server run it in a process of
 * its own ({@link im.deferred.it.ServerProcess}). Each test has users of its own, so that none sees what another left.
 */
package im.deferred.it;
