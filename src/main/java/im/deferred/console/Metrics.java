package im.deferred.console;

import im.deferred.message.MessageStore;
import im.deferred.push.Pushes;
import im.deferred.registration.Registrations;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.Supplier;

/** The figures of this node, in Prometheus' text format. Gauges are read when they are asked for. */
public final class Metrics implements AutoCloseable {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /**
     * @param sessions counts the sessions that users opened and that are live
     * @param subscriptions counts the subscriptions of users that are live
     */
    public Metrics(
            MessageStore store,
            Registrations registrations,
            Pushes pushes,
            Supplier<Number> sessions,
            Supplier<Number> subscriptions) {
        Gauge.builder("deferred_im.messages.waiting", store, MessageStore::countWaiting)
                .description("Messages stored and not held")
                .register(registry);
        Gauge.builder("deferred_im.messages.held", store, MessageStore::countHeld)
                .description("Messages stored that the client takes in no form; released when the user registers")
                .register(registry);
        Gauge.builder("deferred_im.registrations", registrations, Registrations::countInForce)
                .description("Users registered now")
                .register(registry);
        Gauge.builder("deferred_im.pushes.live", pushes, Pushes::live)
                .description("Pushes from INVITE to BYE, on this node")
                .register(registry);
        FunctionCounter.builder("deferred_im.messages.pushed", pushes, Pushes::confirmed)
                .description("Messages confirmed by the client in a session and deleted, on this node")
                .register(registry);
        FunctionCounter.builder("deferred_im.messages.paged", pushes, Pushes::paged)
                .description("Messages taken by the client as SIP MESSAGE and deleted, on this node")
                .register(registry);
        FunctionCounter.builder("deferred_im.messages.refused", pushes, Pushes::held)
                .description("How often a message was held because the client takes it in no form, on this node")
                .register(registry);
        Gauge.builder("deferred_im.sessions.live", sessions)
                .description("Sessions that users opened, on this node")
                .register(registry);
        Gauge.builder("deferred_im.subscriptions.live", subscriptions)
                .description("Subscriptions of users to their message summaries, on this node")
                .register(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
    }

    /** All figures, version 0.0.4 of the text format. */
    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        registry.close();
    }
}
