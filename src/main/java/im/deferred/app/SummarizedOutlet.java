package im.deferred.app;

import im.deferred.core.Aor;
import im.deferred.message.Outlet;
import java.util.function.Consumer;

/**
 * The way out, with a word to those who want to know what waits.
 *
 * @param changed is told of each user for whom a message was stored
 */
record SummarizedOutlet(Outlet outlet, Consumer<Aor> changed) implements Outlet {

    @Override
    public boolean isOpen(Aor recipient) {
        return outlet.isOpen(recipient);
    }

    @Override
    public void deferred(Aor recipient, int status) {
        outlet.deferred(recipient, status);
        changed.accept(recipient);
    }
}
