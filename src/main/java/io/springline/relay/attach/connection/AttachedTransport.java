package io.springline.relay.attach.connection;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.mcp.CloseReason;
import io.springline.relay.attach.connection.PendingRequests.Pending;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.client.UpstreamTransport;
import io.springline.session.Connection;
import io.springline.session.McpSession;
import io.springline.transport.drain.DrainNotice;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The connection with a server over a WebSocket that the server has opened: one message of JSON-RPC
 * in each message. It is shared by the upstreams of all nodes, each of which has an {@link
 * AttachedClient}. If the server resumes its session, the connection outlives the WebSocket.
 *
 * <p>The handshake is done {@linkplain #initialize once}, before it is known whose upstream this
 * becomes; a later {@code initialize} of the upstream is answered with its result. Thread-safe.
 */
public final class AttachedTransport {

    static final String INITIALIZE = "initialize";
    static final String INITIALIZED = "notifications/initialized";

    /** The maximum number of calls that wait for a device. */
    private static final int DEVICE_QUEUE = 16;

    /** The maximum number of requests that one server processes at a time. */
    private static final int MAX_IN_FLIGHT = 512;

    private static final Logger log = LoggerFactory.getLogger(AttachedTransport.class);
    private static final String SUBSCRIBE = "resources/subscribe";
    private static final String UNSUBSCRIBE = "resources/unsubscribe";
    private static final String STOPS = "the service stops";

    /** The end of a WebSocket. */
    private record Departure(String socket, Instant since) {}

    private final McpSession session;
    private final Profile profile;
    private final MessageWriter writer;
    private final Runnable closing;
    private final AtomicReference<@Nullable Departure> departure = new AtomicReference<>();
    private final AttachedClients clients = new AttachedClients();
    private final AttachedClient own = new AttachedClient(this);

    /** Sends requests of this transport itself, whose answers are ignored. */
    private final AttachedClient ignoringAnswers = new AttachedClient(this);

    private final PendingRequests pending = new PendingRequests();
    private final ServiceRequests service;
    private final ServerMessages inbound;
    private final ReentrantLock sending = new ReentrantLock();

    /** Calls that wait until the device has answered; used under {@code sending} only. */
    private final ArrayDeque<Pending> waiting = new ArrayDeque<>();

    /** Used under {@code sending} only. */
    private final ResourceSubscribers subscribers = new ResourceSubscribers();

    private volatile @Nullable ObjectNode initialized;
    private volatile Runnable endListener = () -> {};

    /** Set under {@code sending}: no further request is sent. */
    private boolean leaving;

    /**
     * @param maxQueuedBytes a server that has not read as much gets no further calls
     * @param closing runs after this side has closed the connection: ends the session
     */
    public AttachedTransport(
            McpSession session, Profile profile, long maxQueuedBytes, Runnable closing) {
        this.session = session;
        this.profile = profile;
        this.writer = new MessageWriter(session, profile, maxQueuedBytes);
        this.closing = closing;
        this.service = new ServiceRequests(pending::nextNumber, writer::write);
        this.inbound =
                new ServerMessages(
                        session, clients, own, pending, service, writer::write, this::sendNext);
    }

    /** Returns whether the server resumes its session after the connection broke. */
    public boolean isResumable() {
        return session.isResumable();
    }

    /** Returns whether the server has answered everything. */
    private boolean isIdle() {
        return pending.size() == 0 && service.isIdle();
    }

    /** A WebSocket has ended; nothing changes if another one carries the session already. */
    public void away(Connection gone) {
        departure.updateAndGet(
                before -> isCurrent(gone.id()) ? new Departure(gone.id(), Instant.now()) : before);
    }

    /** Returns since when no WebSocket carries the transport; null if one does. */
    public @Nullable Instant awaySince() {
        Departure last = departure.get();
        return last != null && isCurrent(last.socket()) ? last.since() : null;
    }

    /** Returns whether no other WebSocket has carried the session since. */
    private boolean isCurrent(String socket) {
        return session.connection().socketId().equals(socket);
    }

    public boolean isOpen() {
        return clients.endedBecause() == null;
    }

    /**
     * Performs the handshake and blocks until it is done. Called once, before the first client
     * starts.
     *
     * @param maxMessageSize the limit of the server's messages, which is sent to an agent
     * @param patience the maximum wait for one answer; after silence an older version is tried
     * @return the result of {@code initialize}
     * @throws UpstreamException if there is no usable answer
     */
    public ObjectNode initialize(
            ObjectNode capabilities, DataSize maxMessageSize, Duration patience)
            throws InterruptedException {
        ObjectNode result =
                service.initialize(
                        profile == Profile.DEVICE ? empty() : capabilities,
                        isResumable() ? maxMessageSize : null,
                        patience);
        initialized = result;
        return result;
    }

    /** Returns whether the server answers {@code ping} in time; an error is an answer. Blocks. */
    public boolean answersPing(Duration patience) throws InterruptedException {
        return service.answersPing(patience);
    }

    /** Returns the last lines of the server's standard error; null if it has none. Blocks. */
    public @Nullable List<String> stderr(Duration patience) throws InterruptedException {
        return service.stderr(patience);
    }

    /** Returns the transport of the upstream of this node. If it is closed, the server is, too. */
    public UpstreamTransport own() {
        return own;
    }

    /** Returns the transport of the upstream of another node. */
    public UpstreamTransport another() {
        return new AttachedClient(this);
    }

    /** Begins to pass messages to a client. */
    void add(AttachedClient client) throws IOException {
        clients.add(client);
    }

    /** Another node needs the server no more: its requests are cancelled. */
    void remove(AttachedClient client) {
        clients.remove(client);
        sending.lock();
        try {
            waiting.removeIf(each -> each.client() == client);
            unsubscribe(client);
        } finally {
            sending.unlock();
        }
        for (Pending each : pending.of(client)) {
            try {
                cancel(each.id(), new Notification("notifications/cancelled"));
            } catch (UpstreamException e) {
                log.debug("not cancelled: {}", e.getMessage());
            }
        }
    }

    void send(AttachedClient client, JsonRpcMessage message) {
        switch (message) {
            case Request(var id, var method, _) when method.equals(INITIALIZE) ->
                    answer(client, id, initialized == null ? empty() : initialized);
            case Request request
                    when request.method().equals(SUBSCRIBE)
                            || request.method().equals(UNSUBSCRIBE) ->
                    sendSubscription(client, request);
            case Request request -> sendRequest(new Pending(client, request));
            case Notification(var method, _) when method.equals(INITIALIZED) -> {}
            case Notification notification -> writer.write(notification);
            case Response response -> writer.write(response);
        }
    }

    private void answer(AttachedClient client, RequestId id, ObjectNode result) {
        clients.deliver(client, to -> to.receivedOnSharedStream(new ResultResponse(id, result)));
    }

    /** Records who subscribes. A subscription that others need is not ended at the server. */
    private void sendSubscription(AttachedClient client, Request request) {
        ObjectNode params = request.params();
        String uri = params == null ? "" : params.path("uri").asString("");
        sending.lock();
        try {
            boolean needed = request.method().equals(SUBSCRIBE);
            if (needed) {
                subscribers.add(uri, client);
            }
            if (needed || subscribers.remove(uri, client)) {
                sendRequest(new Pending(client, request));
                return;
            }
        } finally {
            sending.unlock();
        }
        answer(client, request.id(), empty());
    }

    /** Ends what the client alone has subscribed to. Called under {@code sending}. */
    private void unsubscribe(AttachedClient client) {
        for (String uri : subscribers.removeAll(client)) {
            ObjectNode params = JsonNodeFactory.instance.objectNode().put("uri", uri);
            var id = new RequestId.Text(UUID.randomUUID().toString());
            try {
                if (isOpen()) {
                    sendRequest(new Pending(ignoringAnswers, new Request(id, UNSUBSCRIBE, params)));
                }
            } catch (UpstreamException e) {
                log.debug("not unsubscribed: {}", e.getMessage());
            }
        }
    }

    private void sendRequest(Pending next) {
        sending.lock();
        try {
            if (leaving) {
                clients.deliver(next.client(), to -> to.refused(next.id(), STOPS));
                if (!isOpen()) {
                    // the refusal came too late to be delivered: the client counts the call as lost
                    throw new UpstreamException(STOPS);
                }
                return;
            }
            if (profile == Profile.DEVICE && pending.size() > 0 && !next.isPing()) {
                if (waiting.size() >= DEVICE_QUEUE) {
                    throw new UpstreamException(
                            "the device is busy: %d calls wait already".formatted(DEVICE_QUEUE));
                }
                waiting.add(next);
                return;
            }
            writeRequest(next);
        } finally {
            sending.unlock();
        }
    }

    private void writeRequest(Pending next) {
        if (pending.size() >= MAX_IN_FLIGHT) {
            throw new UpstreamException(
                    "the server is busy: %d requests have no answer".formatted(MAX_IN_FLIGHT));
        }
        ObjectNode params = next.request().params();
        if (profile == Profile.DEVICE && params != null) {
            params.remove("_meta");
        }
        var id = new RequestId.Number(pending.add(next));
        try {
            writer.write(new Request(id, next.request().method(), params));
        } catch (UpstreamException e) {
            pending.remove(next.id());
            throw e;
        }
    }

    /** Sends the next call that can be sent to a device that has answered. */
    private void sendNext() {
        for (Pending next = nextWaiting(); next != null; next = nextWaiting()) {
            Pending call = next;
            try {
                sendRequest(call);
                return;
            } catch (UpstreamException e) {
                clients.deliver(
                        call.client(), to -> to.failed(call.id(), String.valueOf(e.getMessage())));
            }
        }
    }

    private @Nullable Pending nextWaiting() {
        sending.lock();
        try {
            return pending.size() == 0 ? waiting.poll() : null;
        } finally {
            sending.unlock();
        }
    }

    void cancel(RequestId request, Notification notification) {
        boolean withdrawn;
        sending.lock();
        try {
            withdrawn = waiting.removeIf(each -> each.id().equals(request));
        } finally {
            sending.unlock();
        }
        Integer number = withdrawn ? null : pending.remove(request);
        if (number != null) {
            ObjectNode params = JsonNodeFactory.instance.objectNode().put("requestId", number);
            try {
                if (isOpen()) {
                    writer.write(new Notification(notification.method(), params));
                }
            } finally {
                sendNext();
            }
        }
    }

    /** Takes a message of the server. Called by one thread at a time, which may be held back. */
    public void accept(Decoded decoded) throws InterruptedException {
        switch (decoded) {
            case Decoded.Single one -> inbound.accept(one);
            case Decoded.Batch(var elements) -> elements.forEach(inbound::accept);
        }
        clients.throttle();
    }

    /** Sets what runs when the connection ends, or now if it has ended. It may run twice. */
    public void onEnd(Runnable listener) {
        endListener = listener;
        if (!isOpen()) {
            listener.run();
        }
    }

    /** The connection has ended. Called on a thread that holds no lock. */
    public void ended(String reason) {
        if (clients.end(reason, () -> endListener.run())) {
            service.ended(reason);
        }
    }

    /**
     * Closes the connection because this node stops, unless the server has requests to answer.
     * Requests that clients send meanwhile are refused, and go to the server's next connection.
     *
     * @param evenIfBusy whether requests without an answer fail
     * @return whether the connection was closed by this call
     */
    public boolean leave(boolean evenIfBusy) {
        sending.lock();
        try {
            if (leaving || !isOpen() || !(evenIfBusy || isIdle())) {
                return false;
            }
            leaving = true;
        } finally {
            sending.unlock();
        }
        DrainNotice.send(session);
        close(CloseReason.SERVICE_RESTART, STOPS);
        return true;
    }

    /** Ends the connection with a close code. */
    public void close(CloseReason reason, String because) {
        ended(because);
        session.connection().close(reason);
        closing.run();
    }

    private static ObjectNode empty() {
        return JsonNodeFactory.instance.objectNode();
    }
}
