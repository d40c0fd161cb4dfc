package im.deferred.app;

/** A configuration that the server cannot start with; the message is one line that names the key, the value and what is allowed. */
public final class ConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ConfigurationException(String message) {
        super(message);
    }

    ConfigurationException(String key, String value, String allowed, Throwable cause) {
        super("%s = '%s': allowed is %s".formatted(key, Secrets.hide(value), allowed), cause);
    }
}
