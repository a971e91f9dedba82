package io.springline.relay;

import io.springline.feature.EndpointSource;
import io.springline.feature.Features;
import io.springline.feature.FeaturesFactory;
import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.config.RefusedUpstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * The upstreams of this service: started before the first client connects and closed after the last
 * one.
 *
 * <p>The start waits up to 10 s for their lists, so that clients see them at once.
 */
public final class Upstreams implements EndpointSource, SmartLifecycle, Upstream.Observer {

    private static final Logger log = LoggerFactory.getLogger(Upstreams.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Map<String, Upstream> byName = new LinkedHashMap<>();
    private final Map<String, Features> endpoints = new LinkedHashMap<>();
    private final Map<Upstream, RelayedFeatures> alone = new LinkedHashMap<>();
    private final RelayedFeatures together;
    private final CountDownLatch listed;
    private final List<RefusedUpstream> refused;
    private final AutoCloseable processes;
    private volatile boolean running;

    /**
     * Creates the upstreams without starting them.
     *
     * @param upstreams in the order of the configuration
     * @param refused entries of the configuration that cannot be used
     * @param main the endpoint that offers all of them
     * @param processes closed after all upstreams
     */
    Upstreams(
            List<Upstream> upstreams,
            List<RefusedUpstream> refused,
            Features main,
            FeaturesFactory factory,
            AutoCloseable processes) {
        upstreams.forEach(each -> byName.put(each.name(), each));
        this.together = new RelayedFeatures("", main, upstreams);
        for (Upstream each : upstreams) {
            Features own = factory.create(each.name(), null);
            own.instructions().add(() -> each.catalogue().instructions());
            main.instructions().add(() -> titled(each));
            endpoints.put(each.name(), own);
            alone.put(each, new RelayedFeatures(each.name(), own, List.of(each)));
        }
        this.listed = new CountDownLatch(upstreams.size());
        this.refused = List.copyOf(refused);
        this.processes = processes;
    }

    private static String titled(Upstream upstream) {
        String instructions = upstream.catalogue().instructions();
        return instructions.isBlank()
                ? ""
                : "## %s\n\n%s".formatted(upstream.name(), instructions.strip());
    }

    @Override
    public Map<String, Features> endpoints() {
        return endpoints;
    }

    /**
     * Returns the views of all upstreams in the order of the configuration, then of refused
     * entries.
     */
    public List<UpstreamView> all() {
        return Stream.concat(
                        byName.values().stream().map(Upstream::view),
                        refused.stream().map(UpstreamView::leftOut))
                .toList();
    }

    /**
     * Returns the meters of all upstreams in the order of the configuration. The list does not
     * change while the service runs.
     */
    public List<? extends UpstreamCounters> counters() {
        return List.copyOf(byName.values());
    }

    @Override
    public CompletableFuture<Void> catalogueChanged(Upstream upstream) {
        RelayedFeatures own = alone.get(upstream);
        return own == null
                ? together.refresh()
                : CompletableFuture.allOf(own.refresh(), together.refresh());
    }

    /** Counts the upstream as started when its lists are registered. */
    @Override
    public void attempted(Upstream upstream) {
        catalogueChanged(upstream).thenRun(listed::countDown);
    }

    @Override
    public void resourceUpdated(Upstream upstream, String uri) {
        RelayedFeatures own = alone.get(upstream);
        if (own != null) {
            own.announceUpdate(uri);
        }
        together.announceUpdate(uri);
    }

    @Override
    public void start() {
        running = true;
        byName.values().forEach(each -> each.start(this));
        try {
            if (!listed.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn(
                        "These upstreams are not up yet; their tools are offered as soon as they are: {}",
                        byName.values().stream()
                                .filter(each -> each.catalogue() == UpstreamCatalogue.EMPTY)
                                .map(Upstream::name)
                                .toList());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void stop() {
        running = false;
        var closing = new ArrayList<Thread>();
        byName.values().forEach(each -> closing.add(Thread.startVirtualThread(each::close)));
        try {
            for (Thread each : closing) {
                each.join(PATIENCE);
            }
            processes.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            log.warn("upstream processes could not be ended", e);
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Returns the phase before the start of the web server and after the drain of connections. */
    @Override
    public int getPhase() {
        return 0;
    }
}
