/**
 * What operators see over HTTP: the console page, health and metrics.
 *
 * <p>It may use {@code push}, {@code message} and {@code registration}, to read. It never shows what a message says.
 */
package im.deferred.console;
