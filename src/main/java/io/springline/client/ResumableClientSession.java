package io.springline.client;

import io.springline.jsonrpc.DurationText;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.ExtensionMethods;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of a client session that survives reconnects: the grant for resuming it, the number of
 * received messages, and the unacknowledged outbound messages. One thread runs it on one connection
 * after the other; any thread may call {@link #send}.
 */
final class ResumableClientSession {

    private static final Logger log = LoggerFactory.getLogger(ResumableClientSession.class);

    /** Receives messages and state changes of the session, on the thread that runs it. */
    interface Observer {

        void received(JsonRpcMessage message);

        void lost(String reason);

        void open(int session, boolean resumable);

        /** Called if the server drains. The client should wait this long before it reconnects. */
        void draining(Duration reconnectAfter);
    }

    private final Duration timeout;
    private final Observer observer;
    private volatile JsonRpcCodec codec; // of the current or the previous connection

    private final UnacknowledgedMessages sendLog = new UnacknowledgedMessages();
    private final Acknowledgements received = new Acknowledgements();
    private final SessionReplay replay = new SessionReplay();
    private final PendingServerRequests pending = new PendingServerRequests();

    /** The number of sessions, including the current one if {@code established}. */
    private int count;

    private boolean established;
    private @Nullable ResumeGrant ticket;

    private long carried;

    /** The number of the last message that is a replay on the current connection. */
    private long replayed;

    /**
     * @param timeout the timeout of each request while the session is opened or resumed
     * @param codec the codec that the first connection will probably negotiate
     */
    ResumableClientSession(Duration timeout, JsonRpcCodec codec, Observer observer) {
        this.timeout = timeout;
        this.observer = observer;
        this.codec = codec;
    }

    /**
     * Queues a message. A response is dropped if no request of the server waits for it.
     *
     * @param answer receives the response to a request
     * @throws IllegalStateException if too many messages are waiting, or the client is closed
     * @throws IllegalArgumentException if a request with this id is still in flight
     */
    void send(JsonRpcMessage message, Consumer<Response> answer) {
        RequestId answered = message instanceof Response response ? response.id() : null;
        if (answered != null && !pending.answered(answered)) {
            log.debug("response not sent, since its request is no longer pending: {}", message);
            return;
        }
        try {
            sendLog.add(message, codec, answer);
        } catch (IllegalStateException e) {
            pending.notAnswered(answered);
            throw e;
        }
    }

    /** Blocks until all messages are written to the connection. Returns false after the timeout. */
    boolean awaitWritten(Duration timeout) throws InterruptedException {
        return sendLog.awaitWritten(timeout.toNanos());
    }

    /** Returns the outbound messages without acknowledgement. */
    UnacknowledgedMessages sendLog() {
        return sendLog;
    }

    boolean isResumable() {
        return ticket != null;
    }

    /**
     * Returns the number of messages received since the client started. Responses to the requests
     * that open or resume a session do not count.
     */
    long carried() {
        return carried;
    }

    /** Called when a connection has ended. Loses the session if it is not resumable. */
    void cut() {
        if (established && ticket == null) {
            lose("not-resumable");
        }
    }

    /**
     * Resumes the session or opens a new one, then exchanges messages until the connection ends.
     *
     * @throws IOException if the server does not respond in time, or responds incorrectly
     */
    WebSocketLink.Event.End carry(WebSocketLink link) throws IOException, InterruptedException {
        codec = link.codec();
        try {
            replayed = establish(link);
            observer.open(count, ticket != null);
            return exchange(link);
        } catch (EndedException e) {
            return e.end;
        }
    }

    /** The connection has ended while a response was awaited. */
    private static final class EndedException extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient WebSocketLink.Event.End end;

        EndedException(WebSocketLink.Event.End end) {
            super(end.reason());
            this.end = end;
        }
    }

    /**
     * Resumes the session, or opens a new one if there is none or it was lost.
     *
     * @return the number of the last message that the server replays; until it has arrived, nothing
     *     may be sent
     */
    private long establish(WebSocketLink link) throws IOException, InterruptedException {
        ResumeGrant known = ticket;
        if (known != null) {
            switch (ask(link, known.resume(received.count()))) {
                case ResultResponse(var ignored, var result) -> {
                    long sent = ResumeGrant.sent(result);
                    ticket = ResumeGrant.of(result);
                    received.resumed();
                    sendLog.rewind().forEach(LoggedMessage::completeWithRefusal);
                    return sent;
                }
                case ErrorResponse(var ignored, var error) -> lose(ResumeGrant.reason(error));
            }
        }
        open(link);
        return 0;
    }

    private void open(WebSocketLink link) throws IOException, InterruptedException {
        ResumeGrant fresh =
                switch (ask(link, ResumeGrant.open())) {
                    case ResultResponse(var ignored, var result) -> ResumeGrant.of(result);
                    case ErrorResponse ignored -> null;
                };
        received.restart(fresh == null ? 0 : fresh.maxBufferedBytes());
        sendLog.rewind();
        count++;
        restoreState(link);
        ticket = fresh;
        established = true;
    }

    /**
     * Repeats {@code initialize} and the settings of the application on a new session. Uses new
     * request ids, since ids must not be reused. The application does not see the responses.
     */
    private void restoreState(WebSocketLink link) throws IOException, InterruptedException {
        Request initialize = replay.initialize();
        if (initialize == null) {
            return;
        }
        Request again = initialize.withId(new RequestId.Text("springline-initialize-" + count));
        if (ask(link, again) instanceof ErrorResponse(var ignored, var error)) {
            throw new IOException(
                    "the server refused to initialize a new session: %d %s"
                            .formatted(error.code(), error.message()));
        }
        if (!replay.isInitialized()) {
            return;
        }
        link.send(codec.encode(new Notification("notifications/initialized")));
        int setting = 0;
        for (Request each : replay.settings()) {
            String id = "springline-setting-%d-%d".formatted(count, ++setting);
            Request repeated = each.withId(new RequestId.Text(id));
            if (ask(link, repeated) instanceof ErrorResponse refused) {
                log.warn("the new session refused to repeat {}: {}", each.method(), refused);
            }
        }
    }

    private Response ask(WebSocketLink link, Request request)
            throws IOException, InterruptedException {
        link.send(codec.encode(request));
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            WebSocketLink.Event event = link.read(Duration.ofNanos(deadline - System.nanoTime()));
            switch (event) {
                case null ->
                        throw new IOException(
                                "no answer to %s within %s"
                                        .formatted(request.method(), DurationText.of(timeout)));
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

    /** Returns the response to {@code awaited}. Delivers any other message, and returns null. */
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

    private WebSocketLink.Event.End exchange(WebSocketLink link) throws InterruptedException {
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
            sendLog.disconnected();
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
                    replay.written(entry.message());
                    link.send(entry.encoded(link.codec()));
                    if (sendLog.written(entry)) {
                        link.ping(sendLog.written());
                    }
                }
            }
        } catch (IOException e) {
            log.debug("writing has ended: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void deliver(Decoded decoded) {
        switch (decoded) {
            case Decoded.Message(var message) -> deliver(message);
            case Decoded.Batch(var elements) -> elements.forEach(this::deliver);
            case Decoded.Malformed(var answer, var ignored) ->
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
                pending.asked(request);
                observer.received(request);
            }
            case Notification(var method, var ignored)
                    when method.equals(ExtensionMethods.DRAIN) && received.count() < replayed ->
                    log.debug("ignored: the drain was about an earlier connection");
            case Notification(var method, var params)
                    when method.equals(ExtensionMethods.DRAIN) -> {
                long millis = params == null ? 0 : params.path("reconnectAfterMs").asLong(0);
                sendLog.hold();
                observer.draining(CloseCodes.bounded(Duration.ofMillis(millis)));
            }
            case Notification notification -> {
                if (notification.method().equals("notifications/cancelled")) {
                    pending.withdrawn(notification);
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
            log.debug("not run by the draining server, sent again to the next one: {}", id);
            return;
        }
        LoggedMessage entry = sendLog.settle(id);
        if (entry == null) {
            log.debug("response dropped, since it matches no pending request: {}", response);
            return;
        }
        if (entry.message() instanceof Request request) {
            replay.answered(request, response);
        }
        entry.answer(response);
    }

    /**
     * Ends the session, whose state the server no longer has. Cancels the server's requests, and
     * fails tool calls that may have run.
     */
    private void lose(String reason) {
        established = false;
        ticket = null;
        List<Notification> cancelled = pending.lost();
        List<LoggedMessage> unknown = sendLog.startOver();
        observer.lost(reason);
        cancelled.forEach(observer::received);
        for (LoggedMessage entry : unknown) {
            entry.fail("Outcome unknown: the session was lost (%s)".formatted(reason), reason);
        }
    }

    /** Ends the session for good. All requests in flight fail with an error. */
    void close(String reason) {
        for (LoggedMessage entry : sendLog.close(reason)) {
            entry.fail(
                    "No answer: the connection is closed for good (%s)".formatted(reason), reason);
        }
    }
}
