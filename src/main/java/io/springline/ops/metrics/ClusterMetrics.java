package io.springline.ops.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.springline.cluster.Cluster;

/** The meters {@code springline.cluster.*} of a node in a cluster. */
public final class ClusterMetrics {

    public ClusterMetrics(MeterRegistry registry, Cluster cluster) {
        Gauge.builder("springline.cluster.available", cluster, each -> each.isAway() ? 0 : 1)
                .description("1 while Redis responds, otherwise 0")
                .register(registry);
        Gauge.builder("springline.cluster.behind", cluster, Cluster::behind)
                .description("Sessions of this node whose latest state is not in Redis yet")
                .register(registry);
        FunctionCounter.builder("springline.cluster.interruptions", cluster, Cluster::interruptions)
                .description("Number of times that Redis became unavailable")
                .register(registry);
        FunctionCounter.builder("springline.cluster.dropped", cluster, Cluster::dropped)
                .description(
                        "Messages between nodes that were dropped because too many were waiting")
                .register(registry);
    }
}
