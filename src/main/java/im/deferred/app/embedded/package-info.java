/**
 * The embedded server: Restcomm SIP Servlets on Tomcat inside this process, running the WAR as an operator's container would.
 * The one place that knows this container; never in the WAR.
 *
 * <p>What an installed Tomcat has of ours ({@code deploy/restcomm-tomcat}) is here too, so that both are the same container: the
 * names of {@link im.deferred.app.embedded.SipService}, {@link im.deferred.app.embedded.HttpRealm},
 * {@link im.deferred.app.embedded.DeployedWar}, {@link im.deferred.app.embedded.StartCheck} and
 * {@link im.deferred.app.embedded.ServerXmlProperties} stand in its files.
 */
package im.deferred.app.embedded;
