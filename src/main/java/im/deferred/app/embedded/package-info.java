/**
 * The embedded server: Restcomm SIP Servlets on Tomcat inside this process, running the WAR as an operator's container would.
 * The one place that knows this container; never in the WAR.
 */
package im.deferred.app.embedded;
