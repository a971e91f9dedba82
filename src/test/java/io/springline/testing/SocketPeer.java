package io.springline.testing;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Talks to a running server over a real WebSocket, that of the JDK. */
public final class SocketPeer implements McpPeer {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final SchemaWatch schemas = new SchemaWatch();
    private final WebSocket socket;

    /** By a client with its own TLS context, and without a subprotocol. */
    public static SocketPeer connect(SSLContext tls, String uri, Map<String, String> headers) {
        WebSocket.Builder builder =
                HttpClient.newBuilder()
                        .sslContext(tls)
                        .build()
                        .newWebSocketBuilder()
                        .connectTimeout(Duration.ofMinutes(1));
        headers.forEach(builder::header);
        return new SocketPeer(builder, URI.create(uri));
    }

    private SocketPeer(WebSocket.Builder builder, URI uri) {
        socket = builder.buildAsync(uri, new Listener()).orTimeout(60, TimeUnit.SECONDS).join();
    }

    /** Offers the subprotocol {@code mcp}. */
    public static SocketPeer connect(String uri) {
        return connect(uri, Map.of(), "mcp");
    }

    /**
     * @throws java.util.concurrent.CompletionException when the server refuses the upgrade
     */
    public static SocketPeer connect(
            String uri, Map<String, String> headers, @Nullable String subprotocol) {
        WebSocket.Builder builder =
                HTTP.newWebSocketBuilder().connectTimeout(Duration.ofMinutes(1));
        headers.forEach(builder::header);
        if (subprotocol != null) {
            builder.subprotocols(subprotocol);
        }
        return new SocketPeer(builder, URI.create(uri));
    }

    public String subprotocol() {
        return socket.getSubprotocol();
    }

    /** By one thread after the other: the JDK's sends fail while another is under way. */
    @Override
    public synchronized void send(String json) {
        schemas.sent(json);
        socket.sendText(json, true).orTimeout(60, TimeUnit.SECONDS).join();
    }

    /** Sends one message in frames of {@code size} characters. */
    public synchronized void sendFragmented(String json, int size) {
        schemas.sent(json);
        for (int from = 0; from < json.length(); from += size) {
            int to = Math.min(json.length(), from + size);
            socket.sendText(json.substring(from, to), to == json.length()).join();
        }
    }

    public synchronized void sendBinary(byte[] bytes) {
        socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
    }

    @Override
    public @Nullable String poll(long millis) throws InterruptedException {
        String next = received.poll(millis, TimeUnit.MILLISECONDS);
        if (next != null) {
            schemas.received(next);
        }
        return next;
    }

    /** The code that the server closes the connection with. */
    public int awaitClose() throws Exception {
        return closed.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public @Nullable Integer closeCode() {
        return closed.isDone() ? closed.join() : null;
    }

    @Override
    public void cut() {
        socket.abort();
    }

    @Override
    public void close() {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "");
        socket.abort();
    }

    private final class Listener implements WebSocket.Listener {

        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                received.add(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.complete(code);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            closed.complete(1006);
        }
    }
}
