package io.springline.testing;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

/**
 * Speaks {@code mcp.cbor} with Jackson's own parser and generator; for its test it is a peer of
 * JSON. What is no JSON goes out as it is.
 */
public final class CborPeer implements McpPeer {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static final JsonMapper STRICT_JSON =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();
    private static final CBORMapper CBOR =
            CBORMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

    private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final WebSocket socket;

    public CborPeer(String uri) {
        socket =
                HTTP.newWebSocketBuilder()
                        .subprotocols("mcp.cbor", "mcp")
                        .buildAsync(URI.create(uri), new Listener())
                        .orTimeout(60, TimeUnit.SECONDS)
                        .join();
    }

    public String subprotocol() {
        return socket.getSubprotocol();
    }

    @Override
    public void send(String json) {
        sendBytes(encoded(json));
    }

    public void sendBytes(byte[] bytes) {
        socket.sendBinary(ByteBuffer.wrap(bytes), true).orTimeout(60, TimeUnit.SECONDS).join();
    }

    public void sendText(String text) {
        socket.sendText(text, true).join();
    }

    private static byte[] encoded(String json) {
        if (json.isBlank()) {
            return new byte[0];
        }
        try {
            return CBOR.writeValueAsBytes(STRICT_JSON.readTree(json));
        } catch (JacksonException e) {
            return json.getBytes(StandardCharsets.UTF_8);
        }
    }

    @Override
    public @Nullable String poll(long millis) throws InterruptedException {
        byte[] next = pollBytes(millis);
        if (next == null) {
            return null;
        }
        JsonNode tree = CBOR.readTree(next);
        return JSON.writeValueAsString(tree);
    }

    public byte @Nullable [] pollBytes(long millis) throws InterruptedException {
        return received.poll(millis, TimeUnit.MILLISECONDS);
    }

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

        private final ByteArrayOutputStream message = new ByteArrayOutputStream();

        @Override
        public @Nullable CompletionStage<?> onBinary(
                WebSocket socket, ByteBuffer data, boolean last) {
            byte[] part = new byte[data.remaining()];
            data.get(part);
            message.writeBytes(part);
            if (last) {
                received.add(message.toByteArray());
                message.reset();
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket socket, CharSequence data, boolean last) {
            throw new AssertionError("text for a client of CBOR: " + data);
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
