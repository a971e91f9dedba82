package io.springline.client;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * An MCP client's end of a WebSocket, at the level of messages, for both eras. When the connection
 * is cut, it comes back by itself and resumes: each request gets exactly one answer and runs once.
 * Only when the server has lost the session, calls of tools that may have run are answered with the
 * error -32603 "Outcome unknown", and everything else is sent again.
 *
 * <p>Safe for use by many threads. Whoever builds it closes it.
 */
public final class McpWebSocketClient implements AutoCloseable {

    private final Reconnector lifeline;
    private final AtomicLong ids = new AtomicLong();

    private McpWebSocketClient(Settings settings) {
        lifeline = new Reconnector(settings);
    }

    /**
     * @param uri {@code ws://…} or {@code wss://…}, without credentials
     */
    public static Builder builder(URI uri) {
        return new Builder(uri);
    }

    /**
     * Opens the first connection and waits for it; further ones are opened without being asked for.
     * Call this or {@link #start}, once.
     *
     * @throws IOException when there is no server, or it refuses; the client is closed then
     * @throws InterruptedException when interrupted while waiting; the client is closed then
     */
    public void connect() throws IOException, InterruptedException {
        lifeline.start(false);
        try {
            lifeline.awaitOpen();
        } catch (InterruptedException e) {
            close();
            throw e;
        }
    }

    /** Like {@link #connect}, but does not wait, and keeps trying; messages wait meanwhile. */
    public void start() {
        lifeline.start(true);
    }

    /**
     * Sends a request under an id of its own. Cancelling the future cancels the request.
     *
     * @return completed, never exceptionally, with the answer of the server, or with the error
     *     -32603 of this client when there will be none; by a thread that must not be blocked
     * @throws IllegalStateException when more than 1,024 messages or 16 MB are waiting, or the
     *     client is closed
     */
    public CompletableFuture<Response> request(String method, @Nullable ObjectNode params) {
        var id = new RequestId.Text("springline-" + ids.incrementAndGet());
        var answer = new CompletableFuture<Response>();
        lifeline.session().send(new Request(id, method, params), answer::complete);
        answer.whenComplete((_, _) -> {
            if (answer.isCancelled()) {
                cancel(id);
            }
        });
        return answer;
    }

    private void cancel(RequestId id) {
        if (state() instanceof ClientState.Closed) {
            return;
        }
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.set("requestId", id.toJson());
        notify("notifications/cancelled", params);
    }

    /**
     * Sends a notification.
     *
     * @throws IllegalStateException as {@link #request}
     */
    public void notify(String method, @Nullable ObjectNode params) {
        send(new Notification(method, params));
    }

    /**
     * Sends a message as it is. The answer to a request goes to the listener; a request that is
     * cancelled by {@code notifications/cancelled} gets none. A response that the server does not
     * wait for is dropped.
     *
     * @throws IllegalStateException as {@link #request}
     * @throws IllegalArgumentException when a request with the same id has no answer yet; ids must
     *     not be used again at all
     */
    public void send(JsonRpcMessage message) {
        lifeline.session().send(message, lifeline::received);
    }

    public ClientState state() {
        return lifeline.state();
    }

    /**
     * Ends the session on the server, waits up to three seconds for that, and answers what is still
     * waiting with an error. Does nothing the second time.
     */
    @Override
    public void close() {
        lifeline.close();
    }

    /**
     * Has all clients of this JVM trust these certificate authorities, in place of those of the
     * JDK. To be called before the first of them connects.
     *
     * @param pem a file with certificates in PEM
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if it has no certificate
     */
    public static void trustOnly(Path pem) throws IOException {
        WebSockets.SHARED.trustOnly(pem);
    }

    /** What a client should do differently. For one thread. */
    public static final class Builder {

        private final URI uri;
        private Supplier<? extends @Nullable String> token = () -> null;
        private ClientListener listener = ClientListener.NONE;
        private Duration backoffBase = Duration.ofMillis(250);
        private Duration backoffCap = Duration.ofSeconds(30);
        private Duration pingInterval = Duration.ofSeconds(15);
        private Duration pingTimeout = Duration.ofSeconds(10);
        private Duration connectTimeout = Duration.ofSeconds(10);
        private int maxMessageSize = 16 << 20;
        private boolean binary;
        private boolean compression;
        private @Nullable Duration giveUpAfter;

        private Builder(URI uri) {
            this.uri = uri;
        }

        /**
         * @param supplier of the bearer token, asked at each connection; null for none
         */
        public Builder token(Supplier<? extends @Nullable String> supplier) {
            token = supplier;
            return this;
        }

        public Builder listener(ClientListener heard) {
            listener = heard;
            return this;
        }

        /**
         * How long to wait between attempts to connect: at first not at all, then a random time up
         * to a limit that starts at {@code base} (default 250 ms) and doubles up to {@code cap}
         * (default 30 s). What the server asks for comes on top.
         */
        public Builder backoff(Duration base, Duration cap) {
            backoffBase = base;
            backoffCap = cap;
            return this;
        }

        /**
         * Each {@code interval} (default 15 s) the connection is probed, and dropped when nothing
         * at all comes in within {@code timeout} (default 10 s).
         */
        public Builder heartbeat(Duration interval, Duration timeout) {
            pingInterval = interval;
            pingTimeout = timeout;
            return this;
        }

        /** For the upgrade, and for each answer that opens or resumes a session; default 10 s. */
        public Builder connectTimeout(Duration timeout) {
            connectTimeout = timeout;
            return this;
        }

        /**
         * @param bytes that one message of the server may have at most, at least 1; a longer one
         *     ends it all; default 16 MB
         */
        public Builder maxMessageSize(int bytes) {
            maxMessageSize = bytes;
            return this;
        }

        /**
         * @param wanted whether to use CBOR with a server that speaks it; pays where images and
         *     other binary data travel; default: JSON
         */
        public Builder binary(boolean wanted) {
            binary = wanted;
            return this;
        }

        /**
         * @param wanted whether to compress messages, both ways, if the server does; pays where the
         *     network is slow; default: no
         */
        public Builder compression(boolean wanted) {
            compression = wanted;
            return this;
        }

        /** Without a connection for so long, the client closes; default: it keeps trying. */
        public Builder giveUpAfter(Duration patience) {
            giveUpAfter = patience;
            return this;
        }

        /**
         * @throws IllegalArgumentException when the URL or a setting is impossible
         */
        public McpWebSocketClient build() {
            return new McpWebSocketClient(
                    new Settings(
                            uri,
                            token,
                            listener,
                            backoffBase,
                            backoffCap,
                            pingInterval,
                            pingTimeout,
                            connectTimeout,
                            maxMessageSize,
                            binary,
                            compression,
                            giveUpAfter));
        }
    }
}
