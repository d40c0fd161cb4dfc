package im.deferred.settings;

import im.deferred.core.Aor;

/**
 * Is told of users' choices after they were kept. Called on the thread of whoever made the choice: longer work goes elsewhere.
 */
public interface SettingListener {

    /**
     * The user chose, perhaps the same as before, or another way of page mode only.
     *
     * @param now what holds from now on, which may be the server's default
     */
    void changed(Aor user, DeliverySetting now);
}
