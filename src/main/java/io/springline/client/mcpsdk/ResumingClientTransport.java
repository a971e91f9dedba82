package io.springline.client.mcpsdk;

import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.springline.client.ClientListener;
import io.springline.client.ClientState;
import io.springline.client.McpWebSocketClient;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A WebSocket transport with resumable sessions for clients of the MCP Java SDK and Spring AI:
 * {@code McpClient.sync(new ResumingClientTransport(URI.create("wss://…/mcp"))).build()}. Supports
 * all protocol versions of the SDK. Closing the SDK's client closes the transport.
 */
public final class ResumingClientTransport implements McpClientTransport {

    private static final Logger log = LoggerFactory.getLogger(ResumingClientTransport.class);

    private final McpJsonMapper mapper = McpJsonDefaults.getMapper();
    private final JsonRpcCodec codec = JsonRpcCodec.json(Integer.MAX_VALUE);
    private final McpWebSocketClient client;

    private volatile @Nullable
            Function<Mono<McpSchema.JSONRPCMessage>, Mono<McpSchema.JSONRPCMessage>>
            handler;

    private volatile Consumer<Throwable> failures = failure -> log.warn("{}", failure.getMessage());

    /** Creates a transport with the default settings. */
    public ResumingClientTransport(URI uri) {
        this(uri, UnaryOperator.identity());
    }

    /**
     * Creates a transport with settings.
     *
     * @param settings changes the settings of the client, for example the token. The transport sets
     *     the listener
     */
    public ResumingClientTransport(URI uri, UnaryOperator<McpWebSocketClient.Builder> settings) {
        client = settings.apply(McpWebSocketClient.builder(uri)).listener(new Receiver()).build();
    }

    @Override
    public Mono<Void> connect(
            Function<Mono<McpSchema.JSONRPCMessage>, Mono<McpSchema.JSONRPCMessage>> incoming) {
        return Mono.<Void>fromCallable(
                        () -> {
                            handler = incoming;
                            client.connect();
                            return null;
                        })
                .subscribeOn(Schedulers.boundedElastic());
    }

    @Override
    public Mono<Void> sendMessage(McpSchema.JSONRPCMessage message) {
        return Mono.fromRunnable(() -> client.send(fromSdk(message)));
    }

    private JsonRpcMessage fromSdk(McpSchema.JSONRPCMessage message) {
        try {
            if (codec.decode(mapper.writeValueAsBytes(message))
                    instanceof Decoded.Message(var decoded)) {
                return decoded;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalArgumentException("not a JSON-RPC message: " + message.getClass());
    }

    @Override
    public Mono<Void> closeGracefully() {
        return Mono.<Void>fromRunnable(client::close).subscribeOn(Schedulers.boundedElastic());
    }

    @Override
    public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
        return mapper.convertValue(data, type);
    }

    /** Sets the handler that is called once, when the client closes. */
    @Override
    public void setExceptionHandler(Consumer<Throwable> exceptionHandler) {
        failures = exceptionHandler;
    }

    private final class Receiver implements ClientListener {

        @Override
        public void received(JsonRpcMessage message) {
            var incoming = handler;
            if (incoming == null) {
                return;
            }
            try {
                String json = new String(codec.encode(message), StandardCharsets.UTF_8);
                var forSdk = McpSchema.deserializeJsonRpcMessage(mapper, json);
                incoming.apply(Mono.just(forSdk))
                        .subscribe(
                                ignored -> {},
                                failure ->
                                        log.warn(
                                                "the MCP SDK failed to handle a message: {}",
                                                message,
                                                failure));
            } catch (IOException e) {
                log.warn("the MCP SDK cannot parse a message: {}", message, e);
            }
        }

        @Override
        public void stateChanged(ClientState state) {
            if (state instanceof ClientState.Closed(var reason)) {
                failures.accept(new IOException(reason));
            }
        }
    }
}
