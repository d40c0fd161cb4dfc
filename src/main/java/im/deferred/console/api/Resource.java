package im.deferred.console.api;

import java.util.List;

/** Routes that belong together. */
interface Resource {

    List<Route> routes();
}
