package io.springline.client;

import io.springline.client.local.AttachTarget;
import io.springline.client.local.HttpServerLink;
import io.springline.client.local.LocalServer;
import io.springline.client.local.StdioChild;
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
 * A client that exchanges MCP messages over a WebSocket, for all protocol revisions. If the
 * connection breaks, it reconnects and resumes the session: each request runs once and gets exactly
 * one response. If the server has lost the session, tool calls that may have run fail with the
 * error -32603 "Outcome unknown", and all other requests are sent again.
 *
 * <p>Thread-safe. The creator must close it.
 */
public final class McpWebSocketClient implements AutoCloseable {

    private final Reconnector reconnector;
    private final AtomicLong ids = new AtomicLong();

    private McpWebSocketClient(Settings settings) {
        reconnector = new Reconnector(settings);
    }

    /**
     * Returns a builder for a client of one server.
     *
     * @param uri {@code ws://…} or {@code wss://…}, without credentials
     */
    public static Builder builder(URI uri) {
        return new Builder(uri);
    }

    /**
     * Opens the first connection, and blocks until it is open. Later connections are opened
     * automatically. Call either this method or {@link #start}, and only once.
     *
     * @throws IOException if the server cannot be reached or refuses the client, which is then
     *     closed
     * @throws InterruptedException if the thread is interrupted; the client is then closed
     */
    public void connect() throws IOException, InterruptedException {
        reconnector.startOnce();
        try {
            reconnector.awaitOpen();
        } catch (InterruptedException e) {
            close();
            throw e;
        }
    }

    /**
     * Opens the first connection in the background, and retries until it succeeds. Messages that
     * are sent before wait for the connection.
     */
    public void start() {
        reconnector.startPatiently();
    }

    /**
     * Sends a request with a new id. Cancelling the future cancels the request.
     *
     * @return a future that is completed with the server's response, or with the error -32603 if
     *     there will be no response. It completes exceptionally only by being cancelled. Actions
     *     that run on its completion must not block
     * @throws IllegalStateException if more than 1,024 messages or 16 MB are waiting, or the client
     *     is closed
     */
    public CompletableFuture<Response> request(String method, @Nullable ObjectNode params) {
        var id = new RequestId.Text("springline-" + ids.incrementAndGet());
        var answer = new CompletableFuture<Response>();
        reconnector.send(new Request(id, method, params), answer::complete);
        answer.whenComplete((ignored, unused) -> {
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
     * Sends a message without changes. The listener receives the response to a request. A request
     * that is cancelled by {@code notifications/cancelled} gets no response. A response to a
     * request that the server has cancelled or forgotten is dropped.
     *
     * @throws IllegalStateException as {@link #request}
     * @throws IllegalArgumentException if a request with the same id is in flight. Ids must never
     *     be reused
     */
    public void send(JsonRpcMessage message) {
        reconnector.send(message);
    }

    /** Returns the current state. */
    public ClientState state() {
        return reconnector.state();
    }

    /**
     * Closes the connection and ends the session on the server. Blocks for up to five seconds.
     * Requests in flight fail with an error. If the listener blocks for two seconds, it is
     * interrupted. A second call has no effect.
     */
    @Override
    public void close() {
        reconnector.close();
    }

    /**
     * Makes all clients of this JVM trust the given certificate authorities instead of those of the
     * JDK. Must be called before the first client connects.
     *
     * @param pem a file with certificates in PEM format
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if the file has no certificate
     * @throws IllegalStateException if a client has already connected to a {@code wss} URL
     */
    public static void trustOnly(Path pem) throws IOException {
        WebSockets.SHARED.trustOnly(pem);
    }

    /**
     * Stops the threads that all clients of this JVM share; blocks for up to 0.5 s. To be called
     * before the JVM ends, after all clients are closed. Otherwise the JVM waits up to 0.3 s at its
     * end for a thread that is in a selector. A client that is still open loses its connection; it
     * and later clients start the threads again.
     */
    public static void stopThreads() {
        WebSockets.SHARED.stop();
    }

    /** The settings of a client; all have defaults. Not thread-safe. */
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
         * Sets the bearer token.
         *
         * @param supplier returns the token, or null for none; it is called for each connection
         */
        public Builder token(Supplier<? extends @Nullable String> supplier) {
            token = supplier;
            return this;
        }

        /** Sets the listener; default: {@link ClientListener#NONE}. */
        public Builder listener(ClientListener receiver) {
            listener = receiver;
            return this;
        }

        /**
         * Sets the waits between attempts to connect: none before the first, then a random time up
         * to a limit that starts at {@code base} (default: 250 ms) and doubles up to {@code cap}
         * (default: 30 s). A wait that the server requests is added.
         */
        public Builder backoff(Duration base, Duration cap) {
            backoffBase = base;
            backoffCap = cap;
            return this;
        }

        /**
         * Sets the keep-alive: a ping is sent each {@code interval} (default: 15 s), and the
         * connection is dropped if no frame arrives within {@code timeout} (default: 10 s).
         */
        public Builder heartbeat(Duration interval, Duration timeout) {
            pingInterval = interval;
            pingTimeout = timeout;
            return this;
        }

        /**
         * Sets the timeout of the upgrade, and of each request that opens or resumes a session;
         * default: 10 s.
         */
        public Builder connectTimeout(Duration timeout) {
            connectTimeout = timeout;
            return this;
        }

        /**
         * Sets the maximum size of a message from the server. A longer message closes the client.
         *
         * @param bytes at least 1; default: 16 MB
         */
        public Builder maxMessageSize(int bytes) {
            maxMessageSize = bytes;
            return this;
        }

        /**
         * Sets whether to use CBOR if the server supports it; default: false. CBOR is smaller for
         * images and other binary data.
         */
        public Builder binary(boolean enabled) {
            binary = enabled;
            return this;
        }

        /**
         * Sets whether to compress messages in both directions if the server supports it; default:
         * false. Useful on slow networks.
         */
        public Builder compression(boolean enabled) {
            compression = enabled;
            return this;
        }

        /** Sets the time without a connection after which the client closes; default: never. */
        public Builder giveUpAfter(Duration time) {
            giveUpAfter = time;
            return this;
        }

        /**
         * Returns a client that is not connected yet.
         *
         * @throws IllegalArgumentException if the URL or a setting is invalid
         */
        public McpWebSocketClient build() {
            return new McpWebSocketClient(settings());
        }

        /**
         * Returns an agent that attaches a server; it uses JSON without compression, and the
         * listener of this builder is not called.
         *
         * @param name upstream name to ask for; null to let the hub choose
         * @throws IllegalArgumentException when the URL or a setting is impossible
         */
        public AttachAgent attach(@Nullable String name, AttachTarget target) {
            URI hub = AttachAgent.withQuery(uri, name);
            binary(false).compression(false).settings(hub, listener); // checks them
            LocalServer.Launcher launcher =
                    switch (target) {
                        case AttachTarget.Program program ->
                                (messages, exit) ->
                                        new StdioChild(program, maxMessageSize, messages, exit);
                        case AttachTarget.Url(var address) ->
                                (messages, exit) ->
                                        new HttpServerLink(address, maxMessageSize, messages, exit);
                    };
            return new AttachAgent(
                    receiver -> new McpWebSocketClient(settings(hub, receiver)),
                    hub.getHost(),
                    launcher,
                    target.toString());
        }

        private Settings settings() {
            return settings(uri, listener);
        }

        private Settings settings(URI target, ClientListener receiver) {
            return new Settings(
                    target,
                    token,
                    receiver,
                    backoffBase,
                    backoffCap,
                    pingInterval,
                    pingTimeout,
                    connectTimeout,
                    maxMessageSize,
                    binary,
                    compression,
                    giveUpAfter);
        }
    }
}
