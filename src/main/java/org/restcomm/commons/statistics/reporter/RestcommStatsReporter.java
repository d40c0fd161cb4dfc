package org.restcomm.commons.statistics.reporter;

import com.codahale.metrics.MetricRegistry;
import java.util.concurrent.TimeUnit;

/**
 * Stands in the place of the class by which Restcomm SIP Servlets reports its usage to a host on the internet, and does
 * nothing: no report ever leaves the process. The container finds it by this name.
 */
public final class RestcommStatsReporter {

    private static final MetricRegistry METRICS = new MetricRegistry();

    public static RestcommStatsReporter getRestcommStatsReporter() {
        return new RestcommStatsReporter();
    }

    public static MetricRegistry getMetricRegistry() {
        return METRICS;
    }

    public void setRemoteServer(String remoteServer) {}

    public void setProjectName(String projectName) {}

    public void setProjectType(String projectType) {}

    public void setVersion(String version) {}

    public void start(long period, TimeUnit unit) {}

    public void stop() {}
}
