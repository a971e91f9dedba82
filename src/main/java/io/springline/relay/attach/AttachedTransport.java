package io.springline.relay.attach;

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
import io.springline.mcp.CloseReason;
import io.springline.mcp.ExtensionMethods;
import io.springline.relay.attach.AttachProperties.Profile;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.client.UpstreamTransport.Receiver;
import io.springline.session.Connection;
import io.springline.session.Deduplication;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.transport.drain.DrainNotice;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
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
 * becomes; a later {@code initialize} of the upstream is answered with its result. Ids are mapped
 * to integers from 1, since microcontrollers take no others. Thread-safe.
 */
final class AttachedTransport {

    /** The maximum size of a message to a device. */
    static final int DEVICE_BYTES = 1_024;

    /** The maximum number of calls that wait for a device. */
    static final int DEVICE_QUEUE = 16;

    private static final Logger log = LoggerFactory.getLogger(AttachedTransport.class);
    private static final String INITIALIZE = "initialize";
    private static final String INITIALIZED = "notifications/initialized";
    private static final String SUBSCRIBE = "resources/subscribe";
    private static final String UNSUBSCRIBE = "resources/unsubscribe";

    private static final String STOPS = "the service stops";

    /** The maximum number of requests that one server processes at a time. */
    static final int MAX_IN_FLIGHT = 512;

    /** Whether a WebSocket carries the transport now. */
    private sealed interface Presence {
        record Here(Connection socket) implements Presence {}

        record Away(Instant since) implements Presence {}
    }

    private final McpSession session;
    private final Profile profile;
    private final long maxQueuedBytes;
    private final Runnable closing;
    private final AtomicReference<Presence> presence;

    /** A request of one client of the server. */
    private record Asked(AttachedClient client, Request request) {
        RequestId id() {
            return request.id();
        }
    }

    /** Requests by the number that stands for their id; each ends with its answer or is removed. */
    private final Map<Integer, Asked> byNumber = new ConcurrentHashMap<>();

    /** The upstream of this node, and those of other nodes. */
    private final List<AttachedClient> clients = new CopyOnWriteArrayList<>();

    private final AttachedClient own = new AttachedClient(this);

    private final Map<RequestId, Integer> numbers = new ConcurrentHashMap<>();

    /** Requests of this transport itself, by their number. */
    private final Map<Integer, CompletableFuture<Response>> ownRequests = new ConcurrentHashMap<>();

    /** Calls that wait until the device has answered; used under {@code sending} only. */
    private final ArrayDeque<Asked> waiting = new ArrayDeque<>();

    /** Who has subscribed to a resource, by its URI; used under {@code sending} only. */
    private final Map<String, Set<AttachedClient>> subscribers = new HashMap<>();

    /** Sends the requests of this node itself, whose answers are ignored. */
    private final AttachedClient nobody = new AttachedClient(this);

    private final ReentrantLock sending = new ReentrantLock();

    /** Held during each call of the receiver, so that {@code closed} is the last one. */
    private final ReentrantLock delivery = new ReentrantLock();

    private volatile @Nullable ObjectNode initialized;
    private volatile @Nullable String endedBecause;
    private volatile Runnable endListener = () -> {};

    /** Set under {@code sending}: no further request is sent. */
    private boolean leaving;

    private int lastNumber;

    /**
     * @param socket the WebSocket that carries the session now
     * @param maxQueuedBytes a server that has not read as much gets no further calls
     * @param closing runs after this side has closed the connection: ends the session
     */
    AttachedTransport(
            McpSession session,
            Connection socket,
            Profile profile,
            long maxQueuedBytes,
            Runnable closing) {
        this.session = session;
        this.presence = new AtomicReference<>(new Presence.Here(socket));
        this.profile = profile;
        this.maxQueuedBytes = maxQueuedBytes;
        this.closing = closing;
    }

    /** Returns whether the server resumes its session after the connection broke. */
    boolean isResumable() {
        return session.isResumable();
    }

    /** Returns whether the server has answered everything. */
    private boolean isIdle() {
        return numbers.isEmpty() && ownRequests.isEmpty();
    }

    /** The server has resumed its session on another WebSocket. */
    void back(Connection socket) {
        presence.set(new Presence.Here(socket));
    }

    /** A WebSocket has ended; nothing changes if another one has replaced it. */
    void away(Connection gone) {
        Presence now = presence.get();
        if (now instanceof Presence.Here(var socket) && socket == gone) {
            presence.compareAndSet(now, new Presence.Away(Instant.now()));
        }
    }

    /** Returns since when no WebSocket carries the transport; null if one does. */
    @Nullable Instant awaySince() {
        return presence.get() instanceof Presence.Away(Instant since) ? since : null;
    }

    boolean isOpen() {
        return endedBecause == null;
    }

    /**
     * Performs the handshake and blocks until it is done. Called once, before {@link #start}.
     *
     * @param maxMessageSize the limit of the server's messages, which an agent is told
     * @param patience the maximum wait for one answer; after silence an older version is tried
     * @return the result of {@code initialize}
     * @throws UpstreamException if there is no usable answer
     */
    ObjectNode initialize(ObjectNode capabilities, DataSize maxMessageSize, Duration patience)
            throws InterruptedException {
        String reason = "it did not answer initialize";
        for (String version : new String[] {"2025-11-25", "2024-11-05"}) {
            ObjectNode params = JsonNodeFactory.instance.objectNode();
            params.put("protocolVersion", version);
            params.set("capabilities", profile == Profile.DEVICE ? empty() : capabilities);
            params.putObject("clientInfo").put("name", "springline").put("version", "1");
            if (isResumable()) {
                params.putObject("_meta")
                        .put(ExtensionMethods.MAX_MESSAGE_SIZE, maxMessageSize.toBytes());
            }
            Response response = request(INITIALIZE, params, patience);
            if (response instanceof ResultResponse(_, ObjectNode result)) {
                write(new Notification(INITIALIZED, null));
                initialized = result;
                return result;
            }
            if (response instanceof ErrorResponse(_, var error)) {
                reason = "it refused initialize: " + error.message();
            }
        }
        throw new UpstreamException(reason);
    }

    /** Returns whether the server answers {@code ping} in time; an error is an answer. Blocks. */
    boolean answersPing(Duration patience) throws InterruptedException {
        try {
            return request("ping", null, patience) != null;
        } catch (UpstreamException e) {
            return false;
        }
    }

    /** Returns the last lines of the server's standard error; null if it has none. Blocks. */
    @Nullable List<String> stderr(Duration patience) throws InterruptedException {
        try {
            return request(ExtensionMethods.STDERR, null, patience)
                            instanceof ResultResponse(_, var result)
                    ? result.path("lines").valueStream().map(each -> each.asString("")).toList()
                    : null;
        } catch (UpstreamException e) {
            return null;
        }
    }

    /** Returns the answer; null if there is none in time. */
    private @Nullable Response request(
            String method, @Nullable ObjectNode params, Duration patience)
            throws InterruptedException {
        var answer = new CompletableFuture<Response>();
        int number = nextNumber();
        ownRequests.put(number, answer);
        try {
            write(new Request(new RequestId.Number(number), method, params));
            if (!isOpen()) {
                throw new UpstreamException("the connection has ended: " + endedBecause);
            }
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return null;
        } catch (ExecutionException e) {
            throw new UpstreamException("the connection has ended: " + endedBecause);
        } finally {
            ownRequests.remove(number);
        }
    }

    /** Returns the transport of the upstream of this node. If it is closed, the server is, too. */
    AttachedClient own() {
        return own;
    }

    /** Returns the transport of the upstream of another node. */
    AttachedClient another() {
        return new AttachedClient(this);
    }

    /** Begins to pass messages to a client. */
    void add(AttachedClient client) throws IOException {
        delivery.lock();
        try {
            if (endedBecause != null) {
                throw new IOException("the connection has ended: " + endedBecause);
            }
            clients.add(client);
        } finally {
            delivery.unlock();
        }
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
        for (Asked each : byNumber.values()) {
            if (each.client() == client) {
                try {
                    cancel(each.id(), new Notification("notifications/cancelled", null));
                } catch (UpstreamException e) {
                    log.debug("not cancelled: {}", e.getMessage());
                }
            }
        }
    }

    void send(AttachedClient client, JsonRpcMessage message) {
        switch (message) {
            case Request(var id, var method, _) when method.equals(INITIALIZE) ->
                    deliver(
                            client,
                            to ->
                                    to.received(
                                            new ResultResponse(
                                                    id,
                                                    initialized == null ? empty() : initialized),
                                            null));
            case Request request
                    when request.method().equals(SUBSCRIBE)
                            || request.method().equals(UNSUBSCRIBE) ->
                    sendSubscription(client, request);
            case Request request -> sendRequest(new Asked(client, request));
            case Notification(var method, _) when method.equals(INITIALIZED) -> {}
            case Notification notification -> write(notification);
            case Response response -> write(response);
        }
    }

    /** Records who subscribes. A subscription that others need is not ended at the server. */
    private void sendSubscription(AttachedClient client, Request request) {
        ObjectNode params = request.params();
        String uri = params == null ? "" : params.path("uri").asString("");
        sending.lock();
        try {
            Set<AttachedClient> all = subscribers.computeIfAbsent(uri, _ -> new HashSet<>());
            if (request.method().equals(SUBSCRIBE)) {
                all.add(client);
            } else {
                all.remove(client);
            }
            if (all.isEmpty()) {
                subscribers.remove(uri);
            }
            if (request.method().equals(SUBSCRIBE) || all.isEmpty()) {
                sendRequest(new Asked(client, request));
                return;
            }
        } finally {
            sending.unlock();
        }
        deliver(client, to -> to.received(new ResultResponse(request.id(), empty()), null));
    }

    /** Ends what the client alone has subscribed to. Called under {@code sending}. */
    private void unsubscribe(AttachedClient client) {
        var ended = new ArrayList<String>();
        subscribers.forEach((uri, all) -> {
            if (all.remove(client) && all.isEmpty()) {
                ended.add(uri);
            }
        });
        for (String uri : ended) {
            subscribers.remove(uri);
            ObjectNode params = JsonNodeFactory.instance.objectNode().put("uri", uri);
            var id = new RequestId.Text(UUID.randomUUID().toString());
            try {
                if (isOpen()) {
                    sendRequest(new Asked(nobody, new Request(id, UNSUBSCRIBE, params)));
                }
            } catch (UpstreamException e) {
                log.debug("not unsubscribed: {}", e.getMessage());
            }
        }
    }

    private void sendRequest(Asked asked) {
        sending.lock();
        try {
            if (leaving) {
                deliver(asked.client(), to -> to.refused(asked.id(), STOPS));
                if (!isOpen()) {
                    // the refusal came too late to be delivered: the client counts the call as lost
                    throw new UpstreamException(STOPS);
                }
                return;
            }
            if (profile == Profile.DEVICE && !numbers.isEmpty()) {
                if (waiting.size() >= DEVICE_QUEUE) {
                    throw new UpstreamException(
                            "the device is busy: %d calls wait already".formatted(DEVICE_QUEUE));
                }
                waiting.add(asked);
                return;
            }
            writeRequest(asked);
        } finally {
            sending.unlock();
        }
    }

    private void writeRequest(Asked asked) {
        if (numbers.size() >= MAX_IN_FLIGHT) {
            throw new UpstreamException(
                    "the server is busy: %d requests have no answer".formatted(MAX_IN_FLIGHT));
        }
        int number = nextNumber();
        ObjectNode params = asked.request().params();
        if (profile == Profile.DEVICE && params != null) {
            params.remove("_meta");
        }
        var sent = new Request(new RequestId.Number(number), asked.request().method(), params);
        byNumber.put(number, asked);
        numbers.put(asked.id(), number);
        try {
            write(sent);
        } catch (UpstreamException e) {
            forget(asked.id());
            throw e;
        }
    }

    private void forget(RequestId id) {
        Integer number = numbers.remove(id);
        if (number != null) {
            byNumber.remove(number);
        }
    }

    private int nextNumber() {
        sending.lock();
        try {
            lastNumber = lastNumber == Integer.MAX_VALUE ? 1 : lastNumber + 1;
            return lastNumber;
        } finally {
            sending.unlock();
        }
    }

    /** Sends the next call to a device that has answered. */
    private void sendNext() {
        if (profile != Profile.DEVICE) {
            return;
        }
        Asked next;
        sending.lock();
        try {
            next = numbers.isEmpty() ? waiting.poll() : null;
        } finally {
            sending.unlock();
        }
        if (next != null) {
            Asked asked = next;
            try {
                sendRequest(asked);
            } catch (UpstreamException e) {
                deliver(
                        asked.client(),
                        to -> to.failed(asked.id(), String.valueOf(e.getMessage())));
            }
        }
    }

    private void write(JsonRpcMessage message) {
        Outbound outbound = session.encode(message);
        int bytes = outbound.payload().length;
        if (profile == Profile.DEVICE && bytes > DEVICE_BYTES) {
            throw new UpstreamException(
                    "the request has %d bytes, and the device takes no more than %d"
                            .formatted(bytes, DEVICE_BYTES));
        }
        if (session.connection().queuedBytes() > maxQueuedBytes) {
            throw new UpstreamException("the server does not read its messages");
        }
        session.connection().send(outbound);
    }

    void cancel(RequestId request, Notification notification) {
        boolean withdrawn;
        sending.lock();
        try {
            withdrawn = waiting.removeIf(each -> each.id().equals(request));
        } finally {
            sending.unlock();
        }
        Integer number = numbers.get(request);
        if (!withdrawn && number != null) {
            forget(request);
            ObjectNode params = JsonNodeFactory.instance.objectNode();
            params.put("requestId", number);
            try {
                if (isOpen()) {
                    write(new Notification(notification.method(), params));
                }
            } finally {
                sendNext();
            }
        }
    }

    /** Takes a message of the server. Called by one thread at a time, which may be held back. */
    void received(Decoded decoded) throws InterruptedException {
        switch (decoded) {
            case Decoded.Single one -> received(one);
            case Decoded.Batch(var elements) -> elements.forEach(this::received);
        }
        own.throttle();
        for (AttachedClient each : clients) {
            if (each != own) {
                each.throttle();
            }
        }
    }

    private void received(Decoded.Single one) {
        switch (one) {
            case Decoded.Message(var message) -> received(message);
            case Decoded.UnusableAnswer(var id, var reason) -> {
                Asked asked = asked(id);
                if (asked == null) {
                    // if a request of this node itself: any answer shows that the server is there
                    JsonRpcError error =
                            ErrorCode.INTERNAL_ERROR.error("invalid response: " + reason);
                    answered(id, to -> new ErrorResponse(to, error));
                } else {
                    forget(asked.id());
                    deliver(
                            asked.client(),
                            to -> to.failed(asked.id(), "invalid response: " + reason));
                    sendNext();
                }
            }
            case Decoded.Malformed(var answer, _) -> {
                deliver(own, Receiver::noise);
                if (answer.id() != null) {
                    write(answer);
                }
            }
            case Decoded.Ignored _ -> deliver(own, Receiver::noise);
        }
    }

    private void received(JsonRpcMessage message) {
        switch (message) {
            case ResultResponse(var id, var result) ->
                    answered(id, asked -> new ResultResponse(asked, result));
            case ErrorResponse(var id, var error) ->
                    answered(id, asked -> new ErrorResponse(asked, error));
            case Notification(var method, _) when method.equals(INITIALIZED) -> {}
            case Notification notification -> {
                Asked call = call(notification.params());
                for (AttachedClient each : call == null ? clients : List.of(call.client())) {
                    deliver(each, to -> to.received(notification, null));
                }
            }
            case Request request -> asked(request);
        }
    }

    private void answered(@Nullable RequestId id, Function<RequestId, Response> as) {
        Integer number = number(id);
        if (number == null) {
            deliver(own, Receiver::noise);
            return;
        }
        CompletableFuture<Response> mine = ownRequests.get(number);
        Asked asked = byNumber.get(number);
        if (mine != null) {
            mine.complete(as.apply(new RequestId.Number(number)));
        } else if (asked != null) {
            forget(asked.id());
            deliver(asked.client(), to -> to.received(as.apply(asked.id()), null));
            sendNext();
        } else {
            deliver(own, Receiver::noise);
        }
    }

    /** Some servers return an integer id as a string. */
    private static @Nullable Integer number(@Nullable RequestId id) {
        return switch (id) {
            case RequestId.Number(long value) when value > 0 && value <= Integer.MAX_VALUE ->
                    (int) value;
            case RequestId.Text(String text) when text.matches("[1-9][0-9]{0,8}") ->
                    Integer.valueOf(text);
            case null, default -> null;
        };
    }

    private @Nullable Asked asked(RequestId id) {
        Integer number = number(id);
        return number == null ? null : byNumber.get(number);
    }

    /** Returns the call that a message of the server belongs to; null if it does not say. */
    private @Nullable Asked call(@Nullable ObjectNode params) {
        if (params == null) {
            return null;
        }
        RequestId token = RequestId.of(params.get("progressToken"));
        RequestId id =
                token == null ? RequestId.of(params.path("_meta").get("progressToken")) : token;
        Integer number = id == null ? null : numbers.get(id);
        return number == null ? null : byNumber.get(number);
    }

    private void asked(Request request) {
        if (session.persistence().claim(request.id()) != Deduplication.NONE) {
            deliver(own, Receiver::noise); // the server has sent it again after a reconnect
        } else if (own.isStarted()) {
            Asked call = call(request.params());
            deliver(call == null ? own : call.client(), to -> to.received(request, null));
        } else if (request.method().equals("ping")) {
            write(new ResultResponse(request.id(), empty()));
        } else {
            write(
                    new ErrorResponse(
                            request.id(),
                            ErrorCode.METHOD_NOT_FOUND.error("no requests before the first call")));
        }
    }

    private interface Delivery {
        void to(Receiver receiver);
    }

    private void deliver(AttachedClient client, Delivery message) {
        delivery.lock();
        try {
            Receiver to = client.receiver();
            if (to != null && endedBecause == null) {
                message.to(to);
            }
        } catch (RuntimeException e) {
            log.error("A message of an attached server could not be handled", e);
        } finally {
            delivery.unlock();
        }
    }

    /** Sets what runs when the connection ends, or now if it has ended. It may run twice. */
    void onEnd(Runnable listener) {
        endListener = listener;
        if (!isOpen()) {
            listener.run();
        }
    }

    /** The connection has ended. Called on a thread that holds no lock. */
    void ended(String reason) {
        delivery.lock();
        try {
            if (endedBecause != null) {
                return;
            }
            endedBecause = reason;
            endListener.run();
            for (AttachedClient each : clients) {
                Receiver to = each.receiver();
                if (to != null) {
                    to.closed(reason);
                }
            }
            clients.clear();
        } finally {
            delivery.unlock();
        }
        ownRequests
                .values()
                .forEach(each -> each.completeExceptionally(new UpstreamException(reason)));
    }

    /**
     * Closes the connection because this node stops, unless the server has requests to answer.
     * Requests that clients send meanwhile are refused, and go to the server's next connection.
     *
     * @param evenIfBusy whether requests without an answer fail
     * @return whether the connection was closed by this call
     */
    boolean leave(boolean evenIfBusy) {
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
    void close(CloseReason reason, String because) {
        ended(because);
        session.connection().close(reason);
        closing.run();
    }

    private static ObjectNode empty() {
        return JsonNodeFactory.instance.objectNode();
    }
}
