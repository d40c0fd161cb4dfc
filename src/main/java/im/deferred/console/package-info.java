/**
 * What operators and applications see over HTTP: the console page, health, metrics, and the REST interface.
 *
 * <p>It may use {@code push}, {@code message}, {@code registration} and {@code settings}. It hands messages in as any other way in does,
 * and never shows what a message says.
 */
package im.deferred.console;
