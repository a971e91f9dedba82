package io.springline.ops.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.springline.dispatch.call.RequestObserver;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.mcp.CloseReason;
import io.springline.mcp.McpMethod;
import io.springline.mcp.ProtocolVersion;
import io.springline.resume.ResumableSessions;
import io.springline.resume.store.ResumeResult;
import io.springline.session.Outbound;
import io.springline.session.SessionRegistry;
import io.springline.session.Transport;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.UnreadMemory;
import io.springline.transport.AllConnections;
import io.springline.transport.TransportStatistics;
import io.springline.transport.TransportStatistics.Rejection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/**
 * The meters of requests, connections and sessions. All meters are created at the start with fixed
 * tag values, so clients cannot create meters, and recording needs no lookup.
 */
public final class McpMetrics implements RequestObserver {

    /** The latest version of each era. */
    private static final List<ProtocolVersion> LATEST =
            List.of(ProtocolVersion.LATEST_LEGACY, ProtocolVersion.MODERN);

    private static final int ERAS = LATEST.size();
    private static final int OUTCOMES = Outcome.values().length;
    private static final int TRANSPORTS = Transport.values().length;

    private final MeterRegistry registry;
    private final Timer[] requests;
    private final LongAdder errors = new LongAdder();

    public McpMetrics(
            MeterRegistry registry,
            AllConnections connections,
            SessionRegistry sessions,
            ResumableSessions resumable,
            ProcessorShares shares,
            UnreadMemory unread,
            TransportStatistics transport) {
        this.registry = registry;
        this.requests = new Timer[McpMethod.values().length * OUTCOMES * ERAS * TRANSPORTS];
        for (McpMethod method : McpMethod.values()) {
            for (Transport each : Transport.values()) {
                LATEST.stream()
                        .filter(method::existsIn)
                        .forEach(version -> register(method, version.isModern(), each));
            }
        }
        register(connections, sessions, transport);
        register(resumable);
        Gauge.builder("springline.clients.held.back", shares, ProcessorShares::heldBackCount)
                .description(
                        "Principals, and addresses of anonymous clients, whose messages waited for processors in the last ten seconds")
                .register(registry);
        Gauge.builder("springline.unread", unread, UnreadMemory::bytes)
                .baseUnit("bytes")
                .description(
                        "Estimated memory of results and messages that clients have not read, of at most springline.requests.max-unread-memory")
                .register(registry);
        FunctionCounter.builder("springline.results.dropped", unread, UnreadMemory::refused)
                .description("Results that were dropped because their client has too many unread")
                .register(registry);
    }

    @Override
    public void ended(
            McpMethod method,
            ProtocolVersion version,
            Transport transport,
            Outcome outcome,
            long nanos) {
        requests[index(method, outcome, version.isModern(), transport)].record(
                nanos, TimeUnit.NANOSECONDS);
        if (outcome == Outcome.ERROR) {
            errors.increment();
        }
    }

    @Override
    public void refused(ErrorResponse error) {
        errors.increment();
    }

    /** Returns the number of requests and malformed messages that got an error response. */
    public long errors() {
        return errors.sum();
    }

    private static int index(
            McpMethod method, Outcome outcome, boolean modern, Transport transport) {
        int index = method.ordinal() * OUTCOMES + outcome.ordinal();
        return (index * ERAS + (modern ? 1 : 0)) * TRANSPORTS + transport.ordinal();
    }

    private void register(McpMethod method, boolean modern, Transport transport) {
        Timer result = timer(method, Outcome.RESULT, modern, transport);
        for (Outcome outcome : Outcome.values()) {
            requests[index(method, outcome, modern, transport)] =
                    outcome != Outcome.RESULT && canEnd(method, outcome, modern)
                            ? timer(method, outcome, modern, transport)
                            : result;
        }
    }

    /** Returns false for combinations that cannot occur; they get no timer. */
    private static boolean canEnd(McpMethod method, Outcome outcome, boolean modern) {
        return switch (outcome) {
            case RESULT, ERROR, CANCELLED -> true;
            case TOOL_ERROR -> method == McpMethod.TOOLS_CALL;
            case INPUT_REQUIRED ->
                    modern
                            && switch (method) {
                                case TOOLS_CALL, PROMPTS_GET, RESOURCES_READ -> true;
                                default -> false;
                            };
        };
    }

    private Timer timer(McpMethod method, Outcome outcome, boolean modern, Transport transport) {
        return LatencyBuckets.timer("springline.requests")
                .description("Time from reading a request to queueing its response")
                .tag("method", method.wireName())
                .tag("outcome", lower(outcome))
                .tag("era", modern ? "modern" : "legacy")
                .tag("transport", transport.label())
                .register(registry);
    }

    private void register(
            AllConnections connections, SessionRegistry sessions, TransportStatistics transport) {
        Gauge.builder("springline.connections.active", connections, AllConnections::active)
                .description(
                        "Open WebSockets, HTTP requests at work and open event streams, of at most springline.websocket.max-connections")
                .register(registry);
        Gauge.builder("springline.outbound.buffered", connections, AllConnections::queuedBytes)
                .description("Outbound bytes that wait to be read by clients")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("springline.sessions.open", sessions, all -> all.all().size())
                .description("MCP sessions of this node")
                .register(registry);
        Gauge.builder("springline.requests.active", sessions, McpMetrics::inFlight)
                .description("Requests that are in flight, without subscriptions")
                .register(registry);
        Timer roundTrips =
                LatencyBuckets.timer("springline.heartbeat.rtt")
                        .description("Time from a ping to its pong")
                        .register(registry);
        transport.onRoundTrip(nanos -> roundTrips.record(nanos, TimeUnit.NANOSECONDS));
        FunctionCounter.builder(
                        "springline.connections.opened",
                        transport,
                        TransportStatistics::totalConnections)
                .description("Opened connections")
                .register(registry);
        FunctionCounter.builder(
                        "springline.messages", transport, TransportStatistics::messagesReceived)
                .description("WebSocket messages")
                .tag("direction", "received")
                .register(registry);
        FunctionCounter.builder("springline.messages", transport, TransportStatistics::messagesSent)
                .description("WebSocket messages")
                .tag("direction", "sent")
                .register(registry);
        FunctionCounter.builder(
                        "springline.compression.messages",
                        transport,
                        TransportStatistics::messagesCompressed)
                .description("Messages that were compressed; a broadcast counts once")
                .register(registry);
        FunctionCounter.builder(
                        "springline.compression.saved", transport, TransportStatistics::bytesSaved)
                .description("Bytes saved by compression")
                .baseUnit("bytes")
                .register(registry);
        FunctionCounter.builder("springline.errors", this, McpMetrics::errors)
                .description("Requests and malformed messages that got an error response")
                .register(registry);
        for (Rejection reason : Rejection.values()) {
            FunctionCounter.builder(
                            "springline.connections.rejected",
                            transport,
                            statistics -> statistics.rejectedBy(reason))
                    .description("Handshakes that were refused before the upgrade")
                    .tag("reason", lower(reason))
                    .register(registry);
        }
        for (CloseReason reason : CloseReason.values()) {
            closed(transport, reason.label(), statistics -> statistics.closedBy(reason));
        }
        closed(transport, "peer", TransportStatistics::closedByThePeer);
        for (Outbound.Kind kind : Outbound.Kind.values()) {
            FunctionCounter.builder(
                            "springline.outbound.dropped",
                            transport,
                            statistics -> statistics.droppedOf(kind))
                    .description("Messages dropped or merged because a client reads too slowly")
                    .tag("kind", lower(kind))
                    .register(registry);
        }
    }

    private void register(ResumableSessions resumable) {
        FunctionCounter.builder(
                        "springline.sessions.resumed",
                        resumable,
                        sessions -> sessions.counters().resumed())
                .description("Sessions that were resumed on a new connection")
                .register(registry);
        Gauge.builder("springline.sessions.detached", resumable, ResumableSessions::detachedCount)
                .description("Resumable sessions without a connection")
                .register(registry);
        Gauge.builder("springline.sessions.buffered", resumable, ResumableSessions::bufferedBytes)
                .description("Size of the unacknowledged messages that are kept for clients")
                .baseUnit("bytes")
                .register(registry);
        for (ResumeResult.Reason reason : ResumeResult.Reason.values()) {
            FunctionCounter.builder(
                            "springline.sessions.refused",
                            resumable,
                            sessions -> sessions.counters().refused(reason))
                    .description("Attempts to resume a session that were refused")
                    .tag("reason", reason.wireName())
                    .register(registry);
            FunctionCounter.builder(
                            "springline.sessions.ended",
                            resumable,
                            sessions -> sessions.counters().ended(reason))
                    .description(
                            "Resumable sessions that ended, by reason; 'unknown' if the session was closed")
                    .tag("reason", reason.wireName())
                    .register(registry);
        }
    }

    private void closed(
            TransportStatistics transport,
            String reason,
            ToDoubleFunction<TransportStatistics> count) {
        FunctionCounter.builder("springline.connections.closed", transport, count)
                .description("Connections that ended, by reason")
                .tag("reason", reason)
                .register(registry);
    }

    private static int inFlight(SessionRegistry sessions) {
        return sessions.all().stream().mapToInt(each -> each.inFlight().count()).sum();
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
