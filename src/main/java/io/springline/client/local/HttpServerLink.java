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
import io.springline.jsonrpc.sse.SseReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
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
 * is JSON or an event stream; a stream of its own carries what belongs to no request. A stream that
 * ends early is resumed. If the server has lost the session, it counts as ended.
 */
public final class HttpServerLink implements LocalServer {

    private static final Logger log = LoggerFactory.getLogger(HttpServerLink.class);
    private static final String SESSION = "Mcp-Session-Id";
    private static final String VERSION = "MCP-Protocol-Version";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int SESSION_LOST = 404;

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
        } catch (IOException | UncheckedIOException e) {
            failure = unreachable(e);
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

    private String unreachable(Exception e) {
        return "the server at %s cannot be reached: %s"
                .formatted(
                        new AttachTarget.Url(uri),
                        e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }

    /** Returns why there was no answer; null if the message was answered or accepted. */
    private @Nullable String exchange(JsonRpcMessage message)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                request()
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json, " + HttpEventStream.TYPE)
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
                    response.headers()
                            .firstValue("Content-Type")
                            .orElse("")
                            .startsWith(HttpEventStream.TYPE);
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
                follow(body, answered, receiver);
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

    /** Reads the stream of a request, and the rest of it if it ends before the answer. */
    private void follow(
            InputStream first, AtomicBoolean answered, Consumer<JsonRpcMessage> receiver)
            throws InterruptedException {
        HttpEventStream stream =
                stream(event -> {
                    if (event.tooLarge() && !answered.get()) {
                        throw new UncheckedIOException(tooLarge(), new IOException());
                    }
                    take(event, receiver);
                });
        stream.read(first, () -> false);
        boolean again = true;
        while (again && !answered.get() && !ended.get() && stream.isResumable()) {
            Thread.sleep(stream.nextPause()); // interrupted if the request was cancelled
            // a server may keep the stream open after the answer
            again = HttpEventStream.mayGoOn(stream.get(answered::get));
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
        HttpEventStream stream = stream(this::unsolicited);
        try {
            while (!ended.get()) {
                int status = listenOnce(stream);
                if (!HttpEventStream.mayGoOn(status)) {
                    if (!stream.hasId()) {
                        return;
                    }
                    stream = stream(this::unsolicited); // the server may have refused the id
                }
                Thread.sleep(status == HttpEventStream.OK ? stream.pause() : stream.nextPause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private int listenOnce(HttpEventStream stream) throws InterruptedException {
        int status = stream.get(() -> false);
        if (status == SESSION_LOST && hasListened) {
            end();
        }
        hasListened |= status == HttpEventStream.OK;
        return status;
    }

    private HttpEventStream stream(Consumer<SseReader.Event> events) {
        return new HttpEventStream(http, this::request, maxMessageSize, events);
    }

    private void unsolicited(SseReader.Event event) {
        if (event.tooLarge()) {
            log.warn("the server sent {}; it is skipped", tooLarge());
        }
        take(event, messages);
    }

    private String tooLarge() {
        return "an event of more than %d bytes".formatted(maxMessageSize);
    }

    private void take(SseReader.Event event, Consumer<JsonRpcMessage> receiver) {
        if (event.type().equals("message")) {
            take(event.data().getBytes(StandardCharsets.UTF_8), receiver);
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
