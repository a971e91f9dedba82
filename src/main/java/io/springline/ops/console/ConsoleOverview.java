package io.springline.ops.console;

import io.springline.auth.Authenticator;
import io.springline.auth.Tickets;
import io.springline.relay.Upstreams;
import io.springline.relay.upstream.UpstreamView;
import io.springline.resume.ResumableSessions;
import io.springline.session.SessionRegistry;
import io.springline.transport.AdmissionControl;
import io.springline.transport.AllConnections;
import io.springline.transport.EndpointPaths;
import io.springline.transport.TransportStatistics;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The data of the console's overview page. It is collected at most once a second, independent of
 * the number of readers. Thread-safe.
 */
final class ConsoleOverview {

    /** States of upstreams that cannot be used until something changes. */
    private static final Set<String> UNUSABLE = Set.of("down", "left-out");

    private static final long FRESH_NANOS = 1_000_000_000L;

    /**
     * Data that rarely changes while the service runs.
     *
     * @param endpoints the paths of the MCP endpoints, the main one first
     * @param credentials true if credentials are configured
     * @param tickets true if clients can get one-time tickets
     */
    record Service(String version, List<String> endpoints, boolean credentials, boolean tickets) {}

    /** The current state; sizes are in bytes. */
    record Now(
            long uptimeSeconds,
            boolean open,
            int connections,
            long totalConnections,
            int sessions,
            int detachedSessions,
            long detachedBytes,
            long queuedBytes,
            long heapBytes,
            long maxHeapBytes,
            long upstreams,
            long upstreamsDown,
            int tasks) {}

    /**
     * The response to the console page.
     *
     * @param history the points after the requested one, oldest first
     * @param errors the latest error first
     */
    record Overview(
            Service service,
            Now now,
            List<History.Point> history,
            List<History.Closes> closes,
            List<RecentErrors.Fault> errors) {}

    private final Supplier<Service> service;
    private final AllConnections connections;
    private final TransportStatistics transport;
    private final SessionRegistry sessions;
    private final ResumableSessions resumable;
    private final Upstreams upstreams;
    private final TaskList tasks;
    private final AdmissionControl admissions;
    private final History history;
    private final RecentErrors errors;

    private @Nullable Overview latest;
    private long readAtNanos;

    ConsoleOverview(
            Supplier<Service> service,
            AllConnections connections,
            TransportStatistics transport,
            SessionRegistry sessions,
            ResumableSessions resumable,
            Upstreams upstreams,
            TaskList tasks,
            AdmissionControl admissions,
            History history,
            RecentErrors errors) {
        this.service = service;
        this.connections = connections;
        this.transport = transport;
        this.sessions = sessions;
        this.resumable = resumable;
        this.upstreams = upstreams;
        this.tasks = tasks;
        this.admissions = admissions;
        this.history = history;
        this.errors = errors;
    }

    static Service service(
            String version, EndpointPaths endpoints, Authenticator authenticator, Tickets tickets) {
        return new Service(
                version, endpoints.all(), authenticator.hasCredentials(), tickets.areOffered());
    }

    /**
     * Returns the overview with only those history points that the reader does not have yet.
     *
     * @param point the number of the last point that the reader has; 0 for none
     */
    Overview after(long point) {
        Overview all = latest();
        return new Overview(
                all.service,
                all.now,
                all.history.stream().filter(each -> each.number() > point).toList(),
                all.closes,
                all.errors);
    }

    private synchronized Overview latest() {
        long now = System.nanoTime();
        Overview known = latest;
        if (known == null || now - readAtNanos >= FRESH_NANOS) {
            known =
                    new Overview(
                            service.get(), now(), history.all(), history.closes(), errors.latest());
            latest = known;
            readAtNanos = now;
        }
        return known;
    }

    private Now now() {
        List<UpstreamView> views = upstreams.all();
        Runtime runtime = Runtime.getRuntime();
        return new Now(
                ManagementFactory.getRuntimeMXBean().getUptime() / 1_000,
                admissions.areOpen(),
                connections.count(),
                transport.totalConnections(),
                sessions.all().size(),
                resumable.detachedCount(),
                resumable.bufferedBytes(),
                connections.queuedBytes(),
                runtime.totalMemory() - runtime.freeMemory(),
                runtime.maxMemory(),
                views.size(),
                views.stream().filter(view -> UNUSABLE.contains(view.state())).count(),
                tasks.count());
    }
}
