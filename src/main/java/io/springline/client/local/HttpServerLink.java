package io.springline.client.local;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server that speaks Streamable HTTP. Each message is sent by a POST of its own, whose response
 * is JSON or an event stream; a stream of its own carries what belongs to no request. If the server
 * has lost the session, it counts as ended.
 */
public final class HttpServerLink implements LocalServer {

    private static final Logger log = LoggerFactory.getLogger(HttpServerLink.class);
    private static final String SESSION = "Mcp-Session-Id";
    private static final String VERSION = "MCP-Protocol-Version";
    private static final String EVENTS = "text/event-stream";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration LISTEN_AGAIN = Duration.ofSeconds(1);
    private static final int SESSION_LOST = 404;

    private static final int OK = 200;
    private static final int SERVER_ERROR = 500;

    /** The statuses below 500 after which another attempt makes sense: timeout, too many. */
    private static final Set<Integer> MAY_PASS = Set.of(408, 429);

    /** The maximum number of requests in flight to the server. */
    private static final int MAX_POSTS = 128;

    private final URI uri;
    private final JsonRpcCodec codec;
    private final int maxMessageSize;
    private final Consumer<JsonRpcMessage> messages;
    private final IntConsumer exit;
    private final Map<RequestId, Thread> running = new ConcurrentHashMap<>();
    private final Semaphore posts = new Semaphore(MAX_POSTS);
    private final AtomicBoolean ended = new AtomicBoolean();

    /** Whether the last request found too many in flight; used by the sending thread only. */
    private boolean saturated;

    /** Whether the server has had an event stream; used by the thread that reads it. */
    private boolean hasListened;

    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(PATIENCE)
                    .build();
    private volatile @Nullable String session;
    private volatile @Nullable String version;

    public HttpServerLink(
            URI uri, int maxMessageSize, Consumer<JsonRpcMessage> messages, IntConsumer exit) {
        this.uri = uri;
        this.codec = JsonRpcCodec.lenientJson(maxMessageSize);
        this.maxMessageSize = maxMessageSize;
        this.messages = messages;
        this.exit = exit;
    }

    /**
     * Begins the POST of a request, or makes the POST of another message. Blocks for up to ten
     * seconds. Requests get an answer in any case: an error if too many are still in flight then.
     */
    @Override
    public void send(JsonRpcMessage message) throws IOException {
        if (ended.get()) {
            throw new IOException("the server has lost the session");
        }
        stopIfCancelled(message);
        if (!(message instanceof Request(var id, var ignored, var unused))) {
            Thread post = Thread.ofVirtual().start(() -> post(message));
            // in order: a request that follows may depend on it
            if (!join(post)) {
                post.interrupt();
            }
        } else if (acquirePost()) {
            Thread post = Thread.ofVirtual().unstarted(() -> post(message));
            running.put(id, post);
            post.start();
        } else {
            String problem = "the server has not answered %d earlier requests".formatted(MAX_POSTS);
            messages.accept(new ErrorResponse(id, ErrorCode.INTERNAL_ERROR.error(problem)));
        }
    }

    private static boolean join(Thread post) {
        try {
            return post.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Waits for one of the requests in flight to end. The wait is bounded, and made once while the
     * server answers nothing, since a message behind this one may cancel a request in flight.
     */
    private boolean acquirePost() {
        try {
            Duration wait = saturated ? Duration.ZERO : PATIENCE;
            saturated = !posts.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS);
            return !saturated;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Ends the POST of a cancelled request, since its response may never come. */
    private void stopIfCancelled(JsonRpcMessage message) {
        if (message instanceof Notification(var method, var params)
                && method.equals("notifications/cancelled")
                && params != null) {
            RequestId id = RequestId.of(params.get("requestId"));
            Thread post = id == null ? null : running.remove(id);
            if (post != null) {
                post.interrupt();
            }
        }
    }

    private void post(JsonRpcMessage message) {
        String failure = "the server sent no answer";
        try {
            failure = exchange(message);
        } catch (IOException e) {
            failure =
                    "the server at %s cannot be reached: %s"
                            .formatted(new AttachTarget.Url(uri), reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (message instanceof Request(var id, var ignored, var unused)) {
                running.remove(id);
                posts.release();
            }
        }
        if (message instanceof Request(var id, var ignored, var unused) && failure != null) {
            messages.accept(new ErrorResponse(id, ErrorCode.INTERNAL_ERROR.error(failure)));
        } else if (failure != null) {
            log.warn(
                    "{} of the hub did not arrive: {}",
                    message.getClass().getSimpleName(),
                    failure);
        }
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** Returns why there was no answer; null if the message was answered or accepted. */
    private @Nullable String exchange(JsonRpcMessage message)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                request()
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json, " + EVENTS)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(codec.encode(message)));
        if (!(message instanceof Request)) {
            request.timeout(PATIENCE); // whoever sends it waits
        }
        HttpResponse<InputStream> response =
                http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            int status = response.statusCode();
            if (status == SESSION_LOST && session != null) {
                end();
                return "the server has lost the session";
            }
            if (status / 100 != 2) {
                return "the server answered with HTTP status " + status;
            }
            response.headers().firstValue(SESSION).ifPresent(this::opened);
            boolean stream =
                    response.headers().firstValue("Content-Type").orElse("").startsWith(EVENTS);
            var answered = new AtomicBoolean(!(message instanceof Request));
            Consumer<JsonRpcMessage> receiver =
                    each -> {
                        if (message instanceof Request(var id, var method, var ignored)
                                && answers(each, id)) {
                            answered.set(true);
                            noteVersion(method, each);
                        }
                        messages.accept(each);
                    };
            if (stream) {
                events(body, receiver);
            } else {
                byte[] all = body.readNBytes(maxMessageSize + 1);
                if (all.length > maxMessageSize) {
                    return "the answer has more than %d bytes".formatted(maxMessageSize);
                }
                take(all, receiver);
            }
            return answered.get() ? null : "the server sent no answer";
        }
    }

    private static boolean answers(JsonRpcMessage message, Object id) {
        return message instanceof JsonRpcMessage.Response response && id.equals(response.id());
    }

    private void noteVersion(String method, JsonRpcMessage answer) {
        if (method.equals("initialize")
                && answer instanceof ResultResponse(var ignored, var result)) {
            String agreed = result.path("protocolVersion").asString("");
            version = agreed.isEmpty() ? null : agreed;
        }
    }

    private HttpRequest.Builder request() {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        String id = session;
        String agreed = version;
        if (id != null) {
            request.header(SESSION, id);
        }
        if (agreed != null) {
            request.header(VERSION, agreed);
        }
        return request;
    }

    /** The server has opened a session: listens for messages that belong to no request. */
    private void opened(String id) {
        if (session == null) {
            session = id;
            Thread.startVirtualThread(this::listen);
        }
    }

    /** Reads one event stream after the other, until the server says that it has none. */
    private void listen() {
        try {
            while (!ended.get() && listenOnce()) {
                Thread.sleep(LISTEN_AGAIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns false if another attempt is useless. */
    private boolean listenOnce() throws InterruptedException {
        HttpRequest get = request().header("Accept", EVENTS).GET().build();
        try {
            HttpResponse<InputStream> response =
                    http.send(get, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                int status = response.statusCode();
                if (status == OK) {
                    hasListened = true;
                    events(body, messages);
                } else if (status == SESSION_LOST && hasListened) {
                    end();
                } else if (status < SERVER_ERROR && !MAY_PASS.contains(status)) {
                    log.debug("the server has no event stream: HTTP status {}", status);
                    return false;
                }
            }
        } catch (IOException e) {
            log.debug("the event stream ended", e);
        }
        return true;
    }

    private void events(InputStream body, Consumer<JsonRpcMessage> receiver) throws IOException {
        var lines = new BoundedLineReader(body, maxMessageSize);
        var data = new ByteArrayOutputStream();
        for (var line = lines.next(); line != null; line = lines.next()) {
            String text = new String(line.content(), StandardCharsets.UTF_8).stripTrailing();
            if (line.tooLong() || data.size() > maxMessageSize) {
                throw new IOException("an event of more than %d bytes".formatted(maxMessageSize));
            }
            if (text.startsWith("data:")) {
                data.writeBytes(text.substring(5).strip().getBytes(StandardCharsets.UTF_8));
            } else if (text.isEmpty() && data.size() > 0) {
                take(data.toByteArray(), receiver);
                data.reset();
            }
        }
    }

    private void take(byte[] bytes, Consumer<JsonRpcMessage> receiver) {
        if (bytes.length == 0) {
            return;
        }
        switch (codec.decode(bytes)) {
            case Decoded.Message(var message) -> receiver.accept(message);
            case Decoded.Batch(var elements) ->
                    elements.forEach(each -> {
                        if (each instanceof Decoded.Message(var message)) {
                            receiver.accept(message);
                        }
                    });
            default -> log.warn("the server sent something that is no message");
        }
    }

    private void end() {
        if (ended.compareAndSet(false, true)) {
            exit.accept(SESSION_LOST);
        }
    }

    @Override
    public void close() {
        ended.set(true);
        http.shutdownNow();
    }
}
