package io.springline.relay;

import io.springline.auth.CallerTokens;
import io.springline.config.InvalidConfigurationException;
import io.springline.feature.endpoint.EndpointSource;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.FeaturesFactory;
import io.springline.relay.auth.UpstreamCredentials;
import io.springline.relay.call.TaskHandles;
import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.config.RefusedUpstream;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.endpoint.EndpointView;
import io.springline.relay.stdio.StderrRing;
import io.springline.relay.upstream.SubscribedUris;
import io.springline.relay.upstream.TransportSource;
import io.springline.relay.upstream.Upstream;
import io.springline.relay.upstream.UpstreamCounters;
import io.springline.relay.upstream.UpstreamTracer;
import io.springline.relay.upstream.UpstreamView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * The upstreams of this service. Those of the configuration are started before the first client
 * connects and closed after the last one; others {@linkplain #attach attach} while it runs.
 *
 * <p>The start waits up to 10 s for the lists of the configured ones, so that clients see them at
 * once.
 */
public final class Upstreams implements EndpointSource, SmartLifecycle, Upstream.Observer {

    private static final Logger log = LoggerFactory.getLogger(Upstreams.class);

    /** The maximum number of names in a line of the log. */
    private static final int MAX_NAMES = 10;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private volatile Map<String, Upstream> configured;

    private final UpstreamReplacements replacements = new UpstreamReplacements(this::replace);

    private final Map<String, Upstream> attached = new ConcurrentSkipListMap<>();
    private final UpstreamEndpoints endpoints;
    private final CountDownLatch listed;
    private final UpstreamFactory upstreamFactory;
    private volatile List<RefusedUpstream> refused;
    private final @Nullable UpstreamTracer tracer;
    private volatile AttachmentListener attachments = new AttachmentListener() {};
    private volatile boolean running;

    /** Whether the start waits for lists, which endpoints with many upstreams register after it. */
    private volatile boolean starting;

    /**
     * Creates the upstreams without starting them.
     *
     * @param upstreamFactory closed after all upstreams
     * @param main the endpoint that offers all of them
     */
    Upstreams(
            UpstreamFactory upstreamFactory,
            ConfiguredUpstreams configuration,
            Features main,
            FeaturesFactory factory,
            TaskHandles handles,
            @Nullable UpstreamTracer tracer) {
        this.upstreamFactory = upstreamFactory;
        this.tracer = tracer;
        var upstreams = new LinkedHashMap<String, Upstream>();
        configuration
                .specs()
                .forEach((name, spec) ->
                        upstreams.put(
                                name,
                                upstreamFactory.create(name, spec, new SubscribedUris(name))));
        this.configured = Collections.unmodifiableMap(upstreams);
        this.endpoints = new UpstreamEndpoints(main, factory, handles, this::find);
        upstreams.values().forEach(endpoints::add);
        configuration.endpoints().forEach(each -> endpoints.add(each, upstreams.values()));
        this.listed = new CountDownLatch(upstreams.size());
        this.refused = List.copyOf(configuration.refused());
    }

    /**
     * Checks a changed configuration against what is in use, without applying it.
     *
     * @throws InvalidConfigurationException if a name is taken, a rule cannot be applied, or an
     *     upstream cannot be created
     */
    void check(ConfiguredUpstreams next) {
        next.specs().forEach(upstreamFactory::check);
        var faults = new ArrayList<>(endpoints.faults(next.endpoints()));
        for (String name : next.specs().keySet()) {
            if (attached.containsKey(name) || endpoints.curatedNames().contains(name)) {
                faults.add(
                        "upstream '%s': a server that has attached, or an endpoint, has this name"
                                .formatted(name));
            }
        }
        if (!faults.isEmpty()) {
            throw new InvalidConfigurationException(
                    String.join("\n", faults), "Choose another name, or correct the rule.");
        }
    }

    /**
     * Applies a changed configuration that was checked. Upstreams whose entry is the same are not
     * touched. Calls of removed and changed upstreams end as they would have. One thread at a time.
     *
     * @return completes when endpoints offer what the changed rules allow
     */
    CompletableFuture<Void> reconfigure(ConfiguredUpstreams next) {
        Map<String, Upstream> before = configured;
        var after = new LinkedHashMap<String, Upstream>();
        var created = new ArrayList<Upstream>();
        next.specs()
                .forEach((name, spec) -> {
                    Upstream old = before.get(name);
                    if (old != null && old.spec().equals(spec)) {
                        after.put(name, old);
                        return;
                    }
                    Upstream upstream =
                            upstreamFactory.create(
                                    name,
                                    spec,
                                    old == null ? new SubscribedUris(name) : old.subscribed());
                    after.put(name, upstream);
                    created.add(upstream);
                    if (old != null) {
                        replacements.plan(old, upstream);
                    }
                });
        configured = Collections.unmodifiableMap(after);
        refused = List.copyOf(next.refused());
        before.forEach((name, old) -> {
            if (!after.containsKey(name)) {
                replacements.takePlace(old);
                endpoints.remove(old);
                attachments.detached(old);
                old.closeWhenIdle();
            }
        });
        for (Upstream each : created) {
            if (!before.containsKey(each.name())) {
                endpoints.add(each);
                attachments.attached(each);
            }
        }
        CompletableFuture<Void> registered =
                endpoints.reconfigure(next.endpoints(), all(configured, attached).toList());
        created.forEach(each -> each.start(this));
        return registered;
    }

    private void replace(Upstream old, Upstream upstream) {
        endpoints.replace(old, upstream);
        // Until now, clients subscribed at the old upstream only.
        upstream.refreshSubscriptions();
        attachments.detached(old);
        attachments.attached(upstream);
        old.closeWhenIdle();
    }

    private @Nullable Upstream find(String name) {
        return configured.getOrDefault(name, attached.get(name));
    }

    @Override
    public Map<String, Features> endpoints() {
        return endpoints.features();
    }

    /**
     * Returns the state of an endpoint: the main one, one of an upstream or a curated one; null for
     * others.
     */
    public @Nullable EndpointView endpoint(String name) {
        return endpoints.view(name);
    }

    /** Updates curated endpoints after a change of this service's own features. */
    void localChanged() {
        endpoints.refreshCurated();
    }

    @Override
    public void onAdded(BiConsumer<String, Features> listener) {
        endpoints.onAdded(listener);
    }

    /**
     * Returns the names that a server that attaches cannot have: those of curated endpoints and of
     * the configured upstreams, those that cannot be used included.
     */
    public Set<String> configuredNames() {
        return Stream.of(
                        configured.keySet().stream(),
                        endpoints.curatedNames().stream(),
                        refused.stream().map(RefusedUpstream::name))
                .flatMap(names -> names)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Sets who is called for upstreams that are added from now on. */
    public void onAttachment(AttachmentListener listener) {
        attachments = listener;
    }

    /**
     * Adds an upstream that connects by itself, served like the others.
     *
     * @param name no other upstream has it
     * @param source provides a transport after each {@link UpstreamAttachment#available}
     */
    public UpstreamAttachment attach(
            String name, RelayProperties.Upstream spec, TransportSource source) {
        var upstream =
                new Upstream(
                        name,
                        spec,
                        source,
                        new UpstreamCredentials(name, spec, new CallerTokens(), null),
                        new StderrRing(),
                        tracer,
                        new SubscribedUris(name));
        if (configured.containsKey(name) || attached.putIfAbsent(name, upstream) != null) {
            upstream.close();
            throw new IllegalStateException("there is an upstream '%s' already".formatted(name));
        }
        endpoints.add(upstream);
        attachments.attached(upstream);
        upstream.start(this);
        return new UpstreamAttachment() {

            @Override
            public void available() {
                upstream.retryNow();
            }

            @Override
            public void refresh() {
                upstream.refresh();
            }

            @Override
            public void close() {
                detach(upstream);
            }
        };
    }

    private void detach(Upstream upstream) {
        if (attached.remove(upstream.name(), upstream)) {
            endpoints.remove(upstream);
            endpoints.refresh(upstream);
            attachments.detached(upstream);
        }
        Thread.startVirtualThread(upstream::close);
    }

    /**
     * Returns the views of all upstreams in the order of the configuration, then of attached ones,
     * then of refused entries.
     */
    public List<UpstreamView> all() {
        return Stream.concat(
                        all(configured, attached).map(Upstream::view),
                        refused.stream().map(UpstreamView::leftOut))
                .toList();
    }

    private static Stream<Upstream> all(
            Map<String, Upstream> configured, Map<String, Upstream> attached) {
        return Stream.concat(configured.values().stream(), attached.values().stream());
    }

    /**
     * Returns the meters of the configured upstreams in the order of the configuration. The list
     * does not change while the service runs.
     */
    public List<? extends UpstreamCounters> counters() {
        return List.copyOf(configured.values());
    }

    @Override
    public CompletableFuture<Void> catalogueChanged(Upstream upstream) {
        replacements.takePlaceIfUp(upstream);
        return starting ? endpoints.refreshAlone(upstream) : endpoints.refresh(upstream);
    }

    /**
     * Counts the upstream as started when its own endpoint offers its lists. If its first attempt
     * to read them has failed, the upstream that it replaces serves for up to a minute more.
     */
    @Override
    public void attempted(Upstream upstream) {
        catalogueChanged(upstream).thenRun(listed::countDown);
        replacements.takePlaceLater(upstream);
    }

    @Override
    public void resourceUpdated(Upstream upstream, String uri) {
        endpoints.announceUpdate(upstream, uri);
    }

    @Override
    public void start() {
        running = true;
        endpoints.checkLocal();
        endpoints.refreshCurated().join();
        starting = true;
        configured.values().forEach(each -> each.start(this));
        awaitLists();
        starting = false;
        endpoints.refreshTogether().join();
    }

    private void awaitLists() {
        try {
            if (listed.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<String> waiting =
                configured.values().stream()
                        .filter(each -> each.catalogue() == UpstreamCatalogue.EMPTY)
                        .map(Upstream::name)
                        .toList();
        if (!waiting.isEmpty()) {
            log.warn(
                    "{} upstreams are not up yet; their tools are offered as soon as they are: {}{}",
                    waiting.size(),
                    String.join(", ", waiting.subList(0, Math.min(MAX_NAMES, waiting.size()))),
                    waiting.size() > MAX_NAMES ? " and more" : "");
        }
    }

    @Override
    public void stop() {
        running = false;
        var closing = new ArrayList<Thread>();
        Stream.concat(all(configured, attached), replacements.serving().stream())
                .forEach(each -> closing.add(Thread.startVirtualThread(each::close)));
        try {
            for (Thread each : closing) {
                each.join(PATIENCE);
            }
            upstreamFactory.close();
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
