package im.deferred.model;

/** Something happened that must not. */
final class Broken extends AssertionError {

    private static final long serialVersionUID = 1L;

    Broken(String what) {
        super(what);
    }

    static void unless(boolean holds, String what, Object about) {
        if (!holds) {
            throw new Broken(what + ": " + about);
        }
    }
}
