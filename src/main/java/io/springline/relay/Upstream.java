package io.springline.relay;

import io.springline.feature.RequestContext;
import io.springline.relay.RelayProperties.Mode;
import io.springline.relay.RelayProperties.Start;
import io.springline.relay.UpstreamSlot.TransportFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One upstream server with all connections to it, kept up as configured, and its lists as they were
 * last known. What it offers stays listed while it is down.
 */
final class Upstream implements UpstreamCounters, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Upstream.class);
    private static final Duration SWEEP = Duration.ofSeconds(1);

    /** Told when the lists or the content of a resource are new. */
    interface Observer {
        /** The first attempt to read its lists is over, whatever came of it. Called once. */
        void attempted(Upstream upstream);

        void catalogueChanged(Upstream upstream);

        void resourceUpdated(Upstream upstream, String uri);
    }

    private final String name;
    private final RelayProperties.Upstream spec;
    private final TransportFactory transports;
    private final StderrRing stderr;
    private final @Nullable UpstreamTracer tracer;
    private final UpstreamSlot shared;
    private final Map<String, UpstreamSlot> bySession = new ConcurrentHashMap<>();
    private final UpstreamWatch watch;
    private volatile UpstreamCatalogue catalogue = UpstreamCatalogue.EMPTY;
    private volatile @Nullable Observer observer;
    private volatile CallListener callListener = (_, _) -> {};
    private volatile boolean stale = true;
    private volatile boolean closed;
    private @Nullable Thread keeper;
    private @Nullable Thread sweeper;

    Upstream(
            String name,
            RelayProperties.Upstream spec,
            TransportFactory transports,
            StderrRing stderr,
            @Nullable UpstreamTracer tracer) {
        this.name = name;
        this.spec = spec;
        this.transports = transports;
        this.stderr = stderr;
        this.tracer = tracer;
        this.watch = new UpstreamWatch(name, spec.timeout());
        this.shared =
                new UpstreamSlot(name, spec, Mode.SHARED, transports, everything(), new Changes());
    }

    @Override
    public String name() {
        return name;
    }

    RelayProperties.Upstream spec() {
        return spec;
    }

    UpstreamCatalogue catalogue() {
        return catalogue;
    }

    @Override
    public boolean isUp() {
        return shared.isUp() || bySession.values().stream().anyMatch(UpstreamSlot::isUp);
    }

    @Override
    public int connections() {
        return (shared.isUp() ? 1 : 0) + bySession.size();
    }

    @Override
    public long restarts() {
        return shared.restarts();
    }

    @Override
    public void onCall(CallListener listener) {
        callListener = listener;
    }

    /** A call is about to be sent; null unless somebody looks at traces. */
    UpstreamTracer.@Nullable Trace trace(String method, ObjectNode params, ObjectNode meta) {
        return tracer == null ? null : tracer.begin(name, spec.url(), method, params, meta);
    }

    /** A call has ended, {@code nanos} after it was sent. */
    void ended(long nanos, boolean failed) {
        callListener.ended(nanos, failed);
    }

    UpstreamView view() {
        UpstreamConnection current = shared.current();
        return new UpstreamView(
                name,
                spec.url() == null ? "stdio" : "http",
                isUp() ? "up" : keepsUp() ? "down" : "idle",
                current == null ? null : current.version().wireName(),
                current == null ? null : current.info().path("name").asString(""),
                catalogue.tools().size(),
                catalogue.prompts().size(),
                catalogue.resources().size(),
                connections(),
                shared.restarts(),
                shared.trouble(),
                stderr.snapshot());
    }

    /** Starts keeping it up, or at least getting its lists, without waiting for either. */
    void start(Observer observer) {
        this.observer = observer;
        keeper = Thread.ofVirtual().name("upstream-" + name).start(this::keep);
        sweeper = Thread.ofVirtual().name("upstream-idle-" + name).start(this::sweep);
    }

    /**
     * The connection for a client's request.
     *
     * @param patience how long to wait while the upstream is down
     * @throws UpstreamException when there is none to be had
     */
    UpstreamConnection connection(RequestContext context, Duration patience)
            throws InterruptedException {
        if (spec.mode() == Mode.SHARED) {
            return shared.acquire(patience);
        }
        UpstreamSlot slot = bySession.get(context.sessionId());
        return (slot == null ? newSlot(context) : slot).acquire(patience);
    }

    private UpstreamSlot newSlot(RequestContext context) {
        UpstreamSlot slot;
        synchronized (bySession) {
            if (bySession.size() >= spec.maxProcesses()) {
                throw new UpstreamException(
                        "Upstream '%s' has %d sessions already, which is the most it may have"
                                .formatted(name, bySession.size()));
            }
            slot =
                    bySession.computeIfAbsent(
                            context.sessionId(),
                            _ ->
                                    new UpstreamSlot(
                                            name,
                                            spec,
                                            Mode.PER_SESSION,
                                            transports,
                                            declaredBy(context),
                                            new Changes()));
        }
        context.onSessionEnd(() -> Thread.startVirtualThread(() -> end(context.sessionId())));
        return slot;
    }

    private void end(String session) {
        UpstreamSlot slot = bySession.remove(session);
        if (slot != null) {
            slot.close();
        }
    }

    /** A client wants to hear of this resource. */
    void watch(String uri) {
        watch.add(uri, shared.current());
    }

    private boolean keepsUp() {
        return spec.mode() == Mode.SHARED && spec.start() == Start.BOOT;
    }

    private void keep() {
        boolean first = true;
        try {
            while (!closed) {
                try {
                    UpstreamConnection connection = shared.acquire(Duration.ZERO);
                    refresh(connection);
                    watch.begin(connection);
                } catch (UpstreamException | LostException e) {
                    log.debug("upstream {}: {}", name, e.getMessage());
                }
                Observer told = observer;
                if (first && told != null) {
                    told.attempted(this);
                }
                first = false;
                if (!keepsUp() && !stale) {
                    shared.release();
                    return;
                }
                shared.awaitNextAttempt();
            }
        } catch (InterruptedException e) {
            log.debug("upstream {}: no longer kept", name);
        }
    }

    private void refresh(UpstreamConnection connection) throws InterruptedException {
        stale = false;
        try {
            UpstreamCatalogue read =
                    usable(connection, UpstreamCatalogue.read(connection, spec.connectTimeout()));
            if (!read.equals(catalogue)) {
                catalogue = read;
                Observer told = observer;
                if (told != null) {
                    told.catalogueChanged(this);
                }
            }
        } catch (UpstreamException | LostException e) {
            stale = true;
            throw e;
        }
    }

    /** Without the tools of a modern HTTP upstream whose header annotations are broken. */
    private UpstreamCatalogue usable(UpstreamConnection connection, UpstreamCatalogue read) {
        if (spec.url() == null || !connection.version().isModern()) {
            return read;
        }
        var tools = new ArrayList<ObjectNode>();
        for (ObjectNode tool : read.tools()) {
            try {
                connection
                        .client()
                        .mirrored(tool.path("name").asString(""), MirroredHeaders.of(tool));
                tools.add(tool);
            } catch (IllegalArgumentException e) {
                log.atWarn()
                        .addKeyValue("upstream", name)
                        .addKeyValue("tool", tool.path("name").asString(""))
                        .addKeyValue("reason", e.getMessage())
                        .log("tool left out");
            }
        }
        return read.withTools(tools);
    }

    /** Ends what nobody has used for long. */
    private void sweep() {
        try {
            while (!closed) {
                Thread.sleep(SWEEP);
                long idle = spec.idleTimeout().toNanos();
                bySession.entrySet().stream()
                        .filter(entry -> entry.getValue().idleNanos() > idle)
                        .map(Map.Entry::getKey)
                        .toList()
                        .forEach(this::end);
                if (!keepsUp() && !stale && shared.idleNanos() > idle) {
                    shared.release();
                }
            }
        } catch (InterruptedException e) {
            log.debug("upstream {}: no longer swept", name);
        }
    }

    @Override
    public void close() {
        closed = true;
        if (keeper != null) {
            keeper.interrupt();
        }
        if (sweeper != null) {
            sweeper.interrupt();
        }
        shared.close();
        bySession.keySet().forEach(this::end);
    }

    private static ObjectNode everything() {
        ObjectNode capabilities = JsonNodeFactory.instance.objectNode();
        capabilities.putObject("sampling");
        capabilities.putObject("elicitation");
        capabilities.putObject("roots");
        return capabilities;
    }

    /** Upstream never more than the client can do itself. */
    private static ObjectNode declaredBy(RequestContext context) {
        ObjectNode capabilities = JsonNodeFactory.instance.objectNode();
        for (String member : new String[] {"sampling", "elicitation", "roots"}) {
            if (context.capabilities().json().path(member) instanceof ObjectNode declared) {
                capabilities.set(member, declared);
            }
        }
        return capabilities;
    }

    private final class Changes implements UpstreamClient.Listener {

        @Override
        public void notified(String method, @Nullable ObjectNode params) {
            switch (method) {
                case "notifications/tools/list_changed",
                        "notifications/prompts/list_changed",
                        "notifications/resources/list_changed" ->
                        Thread.startVirtualThread(this::refreshAgain);
                case "notifications/resources/updated" -> {
                    Observer told = observer;
                    if (told != null && params != null) {
                        told.resourceUpdated(Upstream.this, params.path("uri").asString(""));
                    }
                }
                default -> log.debug("upstream {}: ignored {}", name, method);
            }
        }

        private void refreshAgain() {
            try {
                UpstreamConnection current = shared.current();
                if (current != null) {
                    refresh(current);
                }
            } catch (UpstreamException | LostException e) {
                log.debug("upstream {}: lists not read: {}", name, e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void trouble(String what) {}

        @Override
        public void closed(String reason) {
            log.debug("upstream {}: connection closed: {}", name, reason);
        }
    }
}
