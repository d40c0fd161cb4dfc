package im.deferred.app;

/** Keeps passwords out of what operators and logs are shown. */
final class Secrets {

    /** What is shown in place of a secret. */
    static final String HIDDEN = "***";

    private Secrets() {}

    /** The text with the values of password parameters, as JDBC URLs have them, hidden. */
    static String hide(String text) {
        return text.replaceAll("(?i)(passw[a-z]*=)[^;&'\"\\s]*", "$1" + HIDDEN);
    }
}
