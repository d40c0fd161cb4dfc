/**
 * What operators and applications see over HTTP and JMX: the console page, health, metrics, the REST interface, and the MBeans.
 *
 * <p>It may use {@code push}, {@code message}, {@code registration} and {@code settings}. It hands messages in as any other way in does,
 * and never shows what a message says.
 */
package im.deferred.console;
