/**
 * The REST interface under {@code /api/v1/}, for applications that hand in messages and for operators; {@code openapi.json} beside this
 * file's classes says what it offers, and a test holds it to the routes. Errors are problem details (RFC 9457).
 *
 * <p>Only addresses that may speak for users may use it. It tells of messages everything but what they say.
 */
package im.deferred.console.api;
