/**
 * What operators see and do over JMX, under {@code im.deferred:type=…}: in JConsole, or in the console of the container. It may use
 * {@code push}, {@code message} and {@code registration}.
 */
package im.deferred.console.jmx;
