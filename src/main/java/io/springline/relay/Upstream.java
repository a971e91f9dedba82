package io.springline.relay;

import io.springline.feature.RequestContext;
import io.springline.relay.RelayProperties.Mode;
import io.springline.relay.RelayProperties.Start;
import io.springline.relay.UpstreamCatalogue.Entries;
import io.springline.relay.UpstreamSlot.Phase;
import io.springline.relay.UpstreamSlot.Status;
import io.springline.relay.UpstreamSlot.TransportFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
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

    /** From then on a handshake that is not answered is shown as trouble. */
    private static final Duration SLOW_HANDSHAKE = Duration.ofSeconds(3);

    private static final Duration FOREVER = Duration.ofDays(365);

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
    private final UpstreamLists lists;
    private final AtomicBoolean attempted = new AtomicBoolean();
    private volatile CompletableFuture<Void> listsRead = new CompletableFuture<>();
    private volatile @Nullable Observer observer;
    private volatile CallListener callListener = (_, _) -> {};
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
        this.lists =
                new UpstreamLists(
                        name,
                        spec.connectTimeout(),
                        () -> shared.status().open(),
                        this::usable,
                        this::catalogueChanged);
    }

    @Override
    public String name() {
        return name;
    }

    RelayProperties.Upstream spec() {
        return spec;
    }

    UpstreamCatalogue catalogue() {
        return lists.catalogue();
    }

    /** Returns false if asking it for a resource can only cost time. */
    boolean mayHaveResources() {
        Status status = shared.status();
        UpstreamConnection open = status.open();
        return open != null
                ? open.can(CatalogueList.RESOURCES.capability())
                : !keepsUp() && catalogue().can(CatalogueList.RESOURCES.capability());
    }

    private void catalogueChanged() {
        Observer told = observer;
        if (told != null) {
            told.catalogueChanged(this);
        }
    }

    @Override
    public boolean isUp() {
        return shared.status().isUp()
                || bySession.values().stream().anyMatch(slot -> slot.status().isUp());
    }

    @Override
    public int connections() {
        return (shared.status().isUp() ? 1 : 0) + bySession.size();
    }

    @Override
    public long restarts() {
        return Math.max(0, shared.status().connects() - 1);
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

    /** What an operator sees now. Reads published state only, and never blocks. */
    UpstreamView view() {
        Status status = shared.status();
        UpstreamConnection current = status.open();
        UpstreamCatalogue catalogue = catalogue();
        return new UpstreamView(
                name,
                spec.url() == null ? "stdio" : "http",
                state(status),
                current == null ? null : current.version().wireName(),
                current == null ? null : current.info().path("name").asString(""),
                catalogue.entries(CatalogueList.TOOLS).size(),
                catalogue.entries(CatalogueList.PROMPTS).size(),
                catalogue.entries(CatalogueList.RESOURCES).size(),
                connections(),
                (int) restarts(),
                trouble(status, catalogue),
                warnings(catalogue),
                stderr.snapshot());
    }

    private String state(Status status) {
        if (isUp()) {
            return "up";
        }
        if (status.phase() == Phase.CONNECTING && status.failures() == 0) {
            return "connecting";
        }
        return keepsUp() || status.failures() > 0 ? "down" : "idle";
    }

    /** Why it is not up, else why a list is missing, else why it was down last. */
    private static @Nullable String trouble(Status status, UpstreamCatalogue catalogue) {
        if (status.phase() == Phase.CONNECTING) {
            long seconds = (System.nanoTime() - status.sinceNanos()) / 1_000_000_000;
            if (seconds < SLOW_HANDSHAKE.toSeconds()) {
                return status.trouble();
            }
            String before = status.trouble() == null ? "" : "; before: " + status.trouble();
            return "no answer to the handshake for %d s%s".formatted(seconds, before);
        }
        if (status.isUp() && !catalogue.troubles().isEmpty()) {
            return String.join("; ", catalogue.troubles());
        }
        return status.trouble();
    }

    private static List<String> warnings(UpstreamCatalogue catalogue) {
        var warnings = new ArrayList<>(catalogue.troubles());
        warnings.addAll(catalogue.notes());
        return warnings;
    }

    /** Starts keeping it up, or at least getting its lists, without waiting for either. */
    void start(Observer observer) {
        this.observer = observer;
        keeper = Thread.ofVirtual().name("upstream-" + name).start(this::keep);
        sweeper = Thread.ofVirtual().name("upstream-idle-" + name).start(this::sweep);
    }

    /**
     * Returns the connection for a client's request. Waits for an attempt to connect that is under
     * way, as long as for an answer.
     *
     * @param patience longest wait for the next attempt to begin, while the upstream is down
     * @throws UpstreamException if there is none to be had
     */
    UpstreamConnection connection(RequestContext context, Duration patience)
            throws InterruptedException {
        if (spec.mode() == Mode.SHARED) {
            return shared.acquire(spec.timeout().plus(patience), patience);
        }
        UpstreamSlot slot = bySession.get(context.sessionId());
        return (slot == null ? newSlot(context) : slot)
                .acquire(spec.timeout().plus(patience), patience);
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
                                            new SessionChanges()));
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
        watch.add(uri, shared.status().open());
    }

    private boolean keepsUp() {
        return spec.mode() == Mode.SHARED && spec.start() == Start.BOOT;
    }

    /** Whatever goes wrong in one round, the next comes. */
    private void keep() {
        try {
            while (!closed) {
                try {
                    shared.acquire(FOREVER, Duration.ZERO);
                    listsRead.get();
                    if (!keepsUp() && catalogue().troubles().isEmpty()) {
                        shared.release();
                        return;
                    }
                } catch (UpstreamException | ExecutionException e) {
                    log.debug("Upstream '{}': {}", name, e.getMessage());
                } catch (RuntimeException | Error e) {
                    log.error("Upstream '{}': not kept up", name, e);
                    Thread.sleep(SWEEP);
                }
                attempted();
                shared.awaitNextAttempt();
            }
        } catch (InterruptedException e) {
            log.debug("Upstream '{}': no longer kept up", name);
        } finally {
            attempted();
        }
    }

    private void attempted() {
        Observer told = observer;
        if (told != null && attempted.compareAndSet(false, true)) {
            told.attempted(this);
        }
    }

    /** Without the tools of a modern HTTP upstream whose header annotations are broken. */
    private Entries usable(UpstreamConnection connection, CatalogueList list, Entries read) {
        if (list != CatalogueList.TOOLS || spec.url() == null || !connection.version().isModern()) {
            return read;
        }
        var tools = new ArrayList<ObjectNode>();
        var notes = new ArrayList<>(read.notes());
        for (ObjectNode tool : read.entries()) {
            String tooled = tool.path("name").stringValue();
            try {
                connection.client().mirrored(tooled, MirroredHeaders.of(tool));
                tools.add(tool);
            } catch (IllegalArgumentException e) {
                notes.add(
                        "%s: '%s' is left out: its %s breaks the rules for headers"
                                .formatted(
                                        list.method(),
                                        CatalogueEntry.shown(tooled),
                                        e.getMessage()));
            }
        }
        return new Entries(tools, notes, read.trouble());
    }

    /** Ends what nobody has used for long. */
    private void sweep() {
        try {
            while (!closed) {
                Thread.sleep(SWEEP);
                try {
                    endIdle();
                } catch (RuntimeException | Error e) {
                    log.error("Upstream '{}': idle connections not ended", name, e);
                }
            }
        } catch (InterruptedException e) {
            log.debug("Upstream '{}': no longer swept", name);
        }
    }

    private void endIdle() {
        long idle = spec.idleTimeout().toNanos();
        bySession.entrySet().stream()
                .filter(entry -> entry.getValue().idleNanos() > idle)
                .map(Map.Entry::getKey)
                .toList()
                .forEach(this::end);
        if (!keepsUp() && listsRead.isDone() && shared.idleNanos() > idle) {
            shared.release();
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
        lists.close();
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

    /** Of a process of one session. */
    private final class SessionChanges extends Changes {

        @Override
        public void connected(UpstreamConnection connection) {
            log.debug("Upstream '{}': connected for a session", name);
        }
    }

    private class Changes implements UpstreamSlot.Listener {

        @Override
        public void connected(UpstreamConnection connection) {
            lists.readAll().thenRun(() -> listsRead.complete(null));
            Thread.startVirtualThread(() -> watch.begin(connection));
        }

        @Override
        public void notified(String method, @Nullable ObjectNode params) {
            switch (method) {
                case "notifications/tools/list_changed" -> lists.changed(CatalogueList.TOOLS);
                case "notifications/prompts/list_changed" -> lists.changed(CatalogueList.PROMPTS);
                case "notifications/resources/list_changed" -> {
                    lists.changed(CatalogueList.RESOURCES);
                    lists.changed(CatalogueList.TEMPLATES);
                }
                case "notifications/resources/updated" -> {
                    Observer told = observer;
                    if (told != null && params != null) {
                        told.resourceUpdated(Upstream.this, params.path("uri").asString(""));
                    }
                }
                default -> log.debug("Upstream '{}': ignored {}", name, method);
            }
        }

        @Override
        public void trouble(String what) {}

        @Override
        public void closed(String reason) {
            log.debug("Upstream '{}': connection closed: {}", name, reason);
        }
    }
}
