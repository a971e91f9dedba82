package io.springline.transport.http;

import io.springline.concurrent.SchedulerNames;
import io.springline.dispatch.McpDispatcher;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.CloseReason;
import io.springline.session.Caller;
import io.springline.session.Connection;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import io.springline.session.RequestProperties;
import io.springline.session.SessionRegistry;
import io.springline.session.limit.UnreadMemory;
import io.springline.session.request.InFlight;
import io.springline.transport.RequestDeadline;
import io.springline.transport.TransportStatistics;
import io.springline.transport.handshake.RequestAdmission.Admitted;
import io.springline.transport.http.stream.RequestConnection;
import io.springline.transport.http.stream.ResponseFormat;
import io.springline.transport.http.stream.ResponseStream;
import io.springline.transport.http.stream.StreamSettings;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;

/** Creates the responses and sessions of HTTP requests, and tracks the open ones. Thread-safe. */
final class HttpExchanges {

    /** The request attribute that holds the caller. */
    static final String CALLER = "springline.http.caller";

    private static final Logger log = LoggerFactory.getLogger(HttpExchanges.class);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);

    private final HttpTransportProperties properties;
    private final StreamSettings settings;
    private final RequestProperties requests;
    private final SessionRegistry sessions;
    private final UnreadMemory unread;
    private final JsonRpcCodec codec;
    private final RequestDeadline deadline;
    private final TransportStatistics statistics;
    private final Map<McpSession, SingleRequest> single = new ConcurrentHashMap<>();
    private final Predicate<Caller> hasEnded;

    /** The callers of the open responses. */
    private final Map<ResponseStream, Caller> open = new ConcurrentHashMap<>();

    HttpExchanges(
            HttpTransportProperties properties,
            StreamSettings settings,
            RequestProperties requests,
            SessionRegistry sessions,
            UnreadMemory unread,
            JsonRpcCodec codec,
            RequestDeadline deadline,
            TransportStatistics statistics,
            Predicate<Caller> hasEnded) {
        this.properties = properties;
        this.settings = settings;
        this.requests = requests;
        this.sessions = sessions;
        this.unread = unread;
        this.codec = codec;
        this.deadline = deadline;
        this.statistics = statistics;
        this.hasEnded = hasEnded;
    }

    /**
     * Opens the response to a POST.
     *
     * @param awaited the requests whose answers the response will contain
     */
    ResponseStream stream(Post post, String method, Collection<RequestId> awaited) {
        return stream(post, method, awaited, settings);
    }

    /**
     * Opens the response to a POST whose request is cancelled when the client disconnects, which is
     * therefore noticed soon.
     */
    ResponseStream cancellingStream(Post post, String method, RequestId awaited) {
        return stream(post, method, List.of(awaited), settings.probing());
    }

    private ResponseStream stream(
            Post post, String method, Collection<RequestId> awaited, StreamSettings with) {
        ResponseFormat format = post.format(properties.response(), method);
        return open(post.request(), post.response(), post.client(), format, awaited, with);
    }

    /** Opens an event stream as the response to a GET. */
    ResponseStream opened(
            HttpServletRequest request,
            HttpServletResponse response,
            Admitted client,
            Collection<RequestId> awaited) {
        return open(request, response, client, ResponseFormat.EVENTS, awaited, settings);
    }

    private ResponseStream open(
            HttpServletRequest request,
            HttpServletResponse response,
            Admitted client,
            ResponseFormat format,
            Collection<RequestId> awaited,
            StreamSettings with) {
        var stream =
                new ResponseStream(
                        response,
                        with,
                        format,
                        awaited,
                        Post.connection(request),
                        unread.account(client.share()::client));
        open.put(stream, (Caller) request.getAttribute(CALLER));
        deadline.streamBegins(stream.connection());
        return stream;
    }

    /**
     * Serves an event stream asynchronously: the request's thread returns at once. The client's
     * connection permit is released when the stream has ended; if this method throws, by the
     * caller.
     *
     * @param end called once, after the stream has ended or could not begin
     * @param begin starts whatever writes messages to the stream; called before this method returns
     */
    void serveEvents(
            ResponseStream stream,
            HttpServletRequest request,
            Admitted client,
            Runnable end,
            Runnable begin)
            throws IOException {
        boolean begun = false;
        try {
            begin.run();
            stream.serveEvents(
                    request,
                    () -> {
                        end.run();
                        client.release().run();
                    });
            begun = true;
        } finally {
            if (!begun) {
                end.run();
            }
        }
    }

    /** Forgets a response that has ended, or that will not begin. */
    void closed(ResponseStream stream) {
        stream.closed();
        if (open.remove(stream) != null) {
            deadline.streamEnds(stream.connection());
        }
    }

    boolean isOpen(ResponseStream stream) {
        return open.containsKey(stream);
    }

    /** Returns the number of open responses. */
    int openCount() {
        return open.size();
    }

    Identity identity(Admitted client) {
        return new Identity(client.caller(), client.share(), unread);
    }

    McpSession session(String endpoint, Identity identity, Connection connection) {
        var session = new McpSession(endpoint, identity, connection, codec, requests.limits());
        sessions.add(session);
        return session;
    }

    /** Ends the session of a single request, and cancels what still runs. */
    void end(McpSession session, ResponseStream stream) {
        closed(stream);
        discard(session);
    }

    /** Returns the requests without a session that are being served. */
    Collection<SingleRequest> single() {
        return single.values();
    }

    McpSession single(String endpoint, Admitted client, ResponseStream stream) {
        var connection = new RequestConnection(stream, client.address());
        McpSession session = session(endpoint, identity(client), connection);
        single.put(session, new SingleRequest(session, stream, client.address(), Instant.now()));
        return session;
    }

    void discard(McpSession session) {
        single.remove(session);
        sessions.remove(session);
        session.end();
    }

    /**
     * Serves a request. When it ends, {@code stream} is notified, whether it has an answer or not.
     */
    static void accept(
            McpDispatcher dispatcher, McpSession session, Request request, ResponseStream stream) {
        accept(dispatcher, session, request, stream, () -> stream.ended(request.id()));
    }

    /**
     * Serves a request.
     *
     * @param onMoved called instead if the request was not run, because its session has moved to
     *     another node; must not block
     */
    static void accept(
            McpDispatcher dispatcher,
            McpSession session,
            Request request,
            ResponseStream stream,
            Runnable onMoved) {
        dispatcher.accept(session, new Message(request), Thread::startVirtualThread);
        RequestId id = request.id();
        InFlight running = session.inFlight().find(id);
        if (running != null) {
            running.onCancel(() -> {
                if (running.hasMoved()) {
                    onMoved.run();
                } else {
                    stream.ended(id);
                }
            });
        } else if (stream.awaits(id)) {
            soon(() -> stream.ended(id));
        }
    }

    /**
     * Runs the action after a second. For a request that has ended already: its answer may be
     * queued meanwhile, or there will be none.
     */
    private static void soon(Runnable action) {
        Thread.startVirtualThread(() -> {
            try {
                Thread.sleep(ANSWER_WITHIN);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            action.run();
        });
    }

    /** Answers a request that has ended, unless its answer is queued within a second. */
    static void answerSoon(ResponseStream stream, RequestId id, byte[] answer) {
        soon(() -> {
            if (stream.awaits(id)) {
                stream.answer(answer);
                stream.ended(id);
            }
        });
    }

    @Scheduled(fixedDelay = 500, scheduler = SchedulerNames.SPRINGLINE)
    void sweep() {
        long now = System.nanoTime();
        open.forEach((stream, caller) -> {
            if (stream.abortIfStalled(now)) {
                statistics.closed(CloseReason.SLOW_CONSUMER);
                log.atInfo()
                        .addKeyValue("principal", caller.name())
                        .log("an HTTP client reads too slowly: its connection is closed");
            }
            if (hasEnded.test(caller)) {
                stream.close();
            }
            stream.keepAlive(now);
        });
    }
}
