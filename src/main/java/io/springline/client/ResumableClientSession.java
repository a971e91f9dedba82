package io.springline.client;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What outlives a connection: the ticket to the session of the server, what was received, what is
 * not yet known to have arrived. Carried over one connection after the other by one thread; {@link
 * #send} may be called by any.
 */
final class ResumableClientSession {

    private static final Logger log = LoggerFactory.getLogger(ResumableClientSession.class);

    private static final String CALL = "tools/call";

    /** What becomes of the session; called by the carrying thread. */
    interface Observer {

        void received(JsonRpcMessage message);

        void lost(String reason);

        void open(int session, boolean resumable);

        /** The server asks for so much patience before the next connection. */
        void draining(Duration reconnectAfter);
    }

    private final Duration patience;
    private final Observer observer;
    private volatile JsonRpcCodec codec; // of the connection, or of the one before

    private final UnacknowledgedMessages sendLog = new UnacknowledgedMessages();
    private final Acknowledgements received = new Acknowledgements();
    private final SessionReplay memory = new SessionReplay();
    private final PendingServerRequests questions = new PendingServerRequests();

    /** Sessions so far; the present one exists once {@code established}. */
    private int count;

    private boolean established;
    private @Nullable ResumeGrant ticket;

    private long carried;

    /** The last message that is replayed on the present connection; later ones are new. */
    private long replayed;

    /**
     * @param patience for each answer while the session is being established
     * @param codec that the first connection will probably want
     */
    ResumableClientSession(Duration patience, JsonRpcCodec codec, Observer observer) {
        this.patience = patience;
        this.observer = observer;
        this.codec = codec;
    }

    /**
     * Queues a message.
     *
     * @param answer gets the response to a request
     * @throws IllegalStateException when too much is waiting, or the client is closed
     * @throws IllegalArgumentException when a request with this id has no answer yet
     */
    void send(JsonRpcMessage message, Consumer<Response> answer) {
        if (message instanceof Response response && !isWaitedFor(response)) {
            log.debug("not sent, nobody waits for it: {}", response);
            return;
        }
        sendLog.add(message, codec, answer);
    }

    private boolean isWaitedFor(Response response) {
        RequestId id = response.id();
        return id == null || questions.answered(id);
    }

    /** Waits until all is handed to the connection. */
    boolean awaitWritten(Duration patience) throws InterruptedException {
        return sendLog.awaitWritten(patience.toNanos());
    }

    /** What may be sent as proof of arrival. */
    UnacknowledgedMessages sendLog() {
        return sendLog;
    }

    boolean isResumable() {
        return ticket != null;
    }

    /** How many messages of the server there were; those of the extension do not count. */
    long carried() {
        return carried;
    }

    /** The connection has ended, and there will be another: a plain session ends with it. */
    void cut() {
        if (established && ticket == null) {
            lose("not-resumable");
        }
    }

    /**
     * Finds the session again or opens a new one, then carries messages both ways until the
     * connection ends.
     *
     * @throws IOException when the server does not do its part
     */
    WebSocketLink.Event.End carry(WebSocketLink link) throws IOException, InterruptedException {
        codec = link.codec();
        try {
            replayed = establish(link);
            observer.open(count, ticket != null);
            return converse(link);
        } catch (EndedException e) {
            return e.end;
        }
    }

    /** The connection has ended where an answer was due. */
    private static final class EndedException extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient WebSocketLink.Event.End end;

        EndedException(WebSocketLink.Event.End end) {
            super(end.reason());
            this.end = end;
        }
    }

    /** Returns the number of the last message that is replayed; only then may anything be sent. */
    private long establish(WebSocketLink link) throws IOException, InterruptedException {
        ResumeGrant known = ticket;
        if (known != null) {
            switch (ask(link, known.resume(received.count()))) {
                case ResultResponse(_, var result) -> {
                    long sent = ResumeGrant.sent(result);
                    ticket = ResumeGrant.of(result);
                    received.acknowledge();
                    sendLog.rewind().forEach(LoggedMessage::giveBack);
                    return sent;
                }
                case ErrorResponse(_, var error) -> lose(ResumeGrant.reason(error));
            }
        }
        open(link);
        return 0;
    }

    private void open(WebSocketLink link) throws IOException, InterruptedException {
        ResumeGrant fresh =
                switch (ask(link, ResumeGrant.open())) {
                    case ResultResponse(_, var result) -> ResumeGrant.of(result);
                    case ErrorResponse _ -> null;
                };
        received.restart(fresh == null ? 0 : fresh.maxBufferedBytes());
        sendLog.rewind();
        count++;
        initializeAgain(link);
        ticket = fresh;
        established = true;
    }

    /** Under ids of our own, since those of the host are used up; the host sees none of it. */
    private void initializeAgain(WebSocketLink link) throws IOException, InterruptedException {
        Request initialize = memory.initialize();
        if (initialize == null) {
            return;
        }
        Request again = withId(initialize, "springline-initialize-" + count);
        if (ask(link, again) instanceof ErrorResponse(_, var error)) {
            throw new IOException(
                    "the new session was refused: %d %s".formatted(error.code(), error.message()));
        }
        if (!memory.isInitialized()) {
            return;
        }
        link.send(codec.encode(new Notification("notifications/initialized", null)));
        int setting = 0;
        for (Request each : memory.settings()) {
            Request repeated = withId(each, "springline-setting-%d-%d".formatted(count, ++setting));
            if (ask(link, repeated) instanceof ErrorResponse refused) {
                log.warn("the new session refused {}: {}", each.method(), refused);
            }
        }
    }

    private static Request withId(Request request, String id) {
        return new Request(new RequestId.Text(id), request.method(), request.params());
    }

    private Response ask(WebSocketLink link, Request request)
            throws IOException, InterruptedException {
        link.send(codec.encode(request));
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            WebSocketLink.Event event = link.read(Duration.ofNanos(deadline - System.nanoTime()));
            switch (event) {
                case null ->
                        throw new IOException(
                                "no answer to %s within %s".formatted(request.method(), patience));
                case WebSocketLink.Event.End end -> throw new EndedException(end);
                case WebSocketLink.Event.Message(var bytes) -> {
                    Response answer = take(bytes, request.id());
                    if (answer != null) {
                        return answer;
                    }
                }
            }
        }
    }

    /** The answer to our own request, or null when the message was another, and dealt with. */
    private @Nullable Response take(byte[] bytes, RequestId awaited) {
        Decoded decoded = codec.decode(bytes);
        boolean ours = awaited.equals(ResumeGrant.OPEN) || awaited.equals(ResumeGrant.RESUME);
        Response answer =
                decoded instanceof Decoded.Message(Response response)
                                && awaited.equals(response.id())
                        ? response
                        : null;
        if (!ours) {
            received.received(bytes.length);
        }
        if (answer == null) {
            deliver(decoded);
        }
        return answer;
    }

    private WebSocketLink.Event.End converse(WebSocketLink link) throws InterruptedException {
        Thread writer = null;
        try {
            while (true) {
                if (writer == null && received.count() >= replayed) {
                    writer = Thread.ofVirtual().name("mcp-writer").start(() -> write(link));
                }
                switch (link.read()) {
                    case WebSocketLink.Event.End end -> {
                        return end;
                    }
                    case WebSocketLink.Event.Message(var bytes) -> {
                        deliver(codec.decode(bytes));
                        if (received.received(bytes.length)) {
                            sendLog.wake();
                        }
                        carried++;
                    }
                }
            }
        } finally {
            if (writer != null) {
                writer.interrupt();
                writer.join();
            }
        }
    }

    private void write(WebSocketLink link) {
        try {
            while (true) {
                long due = ticket == null ? Long.MAX_VALUE : received.untilDue();
                if (due <= 0) {
                    link.send(codec.encode(ResumeGrant.ack(received.acknowledge())));
                    continue;
                }
                LoggedMessage entry = sendLog.next(due);
                if (entry != null) {
                    memory.written(entry.message());
                    link.send(entry.encoded(link.codec()));
                    if (sendLog.written(entry)) {
                        link.ping(sendLog.written());
                    }
                }
            }
        } catch (IOException e) {
            log.debug("= writer ends: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void deliver(Decoded decoded) {
        switch (decoded) {
            case Decoded.Message(var message) -> deliver(message);
            case Decoded.Batch(var elements) -> elements.forEach(this::deliver);
            case Decoded.Malformed(var answer, _) ->
                    log.warn(
                            "the server sent something that is not a JSON-RPC message: {}",
                            answer.error().message());
            case Decoded.UnusableAnswer(var id, var reason) ->
                    settle(
                            new ErrorResponse(
                                    id,
                                    ErrorCode.INTERNAL_ERROR.error(
                                            "The server's answer cannot be used: " + reason)));
            case Decoded.Ignored(var reason) -> log.debug("ignored: {}", reason);
        }
    }

    private void deliver(JsonRpcMessage message) {
        switch (message) {
            case Response response -> settle(response);
            case Request request -> {
                questions.asked(request);
                observer.received(request);
            }
            case Notification(var method, _)
                    when method.equals(ResumeGrant.DRAIN) && received.count() < replayed ->
                    log.debug("ignored: it was about a connection before this one");
            case Notification(var method, var params) when method.equals(ResumeGrant.DRAIN) -> {
                long millis = params == null ? 0 : params.path("reconnectAfterMs").asLong(0);
                sendLog.hold();
                observer.draining(CloseCodes.bounded(Duration.ofMillis(millis)));
            }
            case Notification notification -> {
                if (notification.method().equals("notifications/cancelled")) {
                    questions.withdrawn(notification);
                }
                observer.received(notification);
            }
        }
    }

    private void settle(Response response) {
        RequestId id = response.id();
        if (id == null) {
            observer.received(response);
            return;
        }
        if (ResumeGrant.isNotRun(response) && sendLog.refused(id, response)) {
            log.debug("not run, waits for another server: {}", id);
            return;
        }
        LoggedMessage entry = sendLog.settle(id);
        if (entry == null) {
            log.debug("dropped, nobody waits for it: {}", response);
            return;
        }
        if (entry.message() instanceof Request request) {
            memory.answered(request, response);
        }
        entry.answer(response);
    }

    /**
     * What was told to the server is forgotten there; what ran may have come to its end, or not.
     */
    private void lose(String reason) {
        established = false;
        ticket = null;
        List<Notification> cancelled = questions.lost();
        List<LoggedMessage> unknown = sendLog.startOver();
        observer.lost(reason);
        cancelled.forEach(observer::received);
        for (LoggedMessage entry : unknown) {
            fail(entry, "Outcome unknown: the session was lost (%s)".formatted(reason), reason);
        }
    }

    /** The end of all: whoever still waits for an answer gets an error. */
    void close(String reason) {
        for (LoggedMessage entry : sendLog.close(reason)) {
            fail(
                    entry,
                    "No answer: the connection is closed for good (%s)".formatted(reason),
                    reason);
        }
    }

    private static void fail(LoggedMessage entry, String message, String reason) {
        if (entry.giveBack() || !(entry.message() instanceof Request(var id, var method, _))) {
            return;
        }
        boolean mayHaveRun = method.equals(CALL) && entry.mayHaveArrived();
        var data =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("reason", reason)
                        .put("outcome", mayHaveRun ? "unknown" : "not-run");
        entry.answer(
                new ErrorResponse(
                        id, new JsonRpcError(ErrorCode.INTERNAL_ERROR.code(), message, data)));
    }
}
