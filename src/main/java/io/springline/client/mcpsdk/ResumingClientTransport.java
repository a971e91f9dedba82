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
import java.util.concurrent.atomic.AtomicReference;
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
    private final Function<ClientListener, McpWebSocketClient> clients;

    /** The client of the last call of {@link #connect}; null before the first. */
    private final AtomicReference<@Nullable McpWebSocketClient> client = new AtomicReference<>();

    private volatile Consumer<Throwable> failures = failure -> log.warn("{}", failure.getMessage());

    /** Creates a transport with the default settings. */
    public ResumingClientTransport(URI uri) {
        this(uri, UnaryOperator.identity());
    }

    /**
     * Creates a transport with settings.
     *
     * @param settings changes the settings of a client, for example the token; it is called here
     *     and for each connect. The transport sets the listener
     * @throws IllegalArgumentException if the URL or a setting is invalid
     */
    public ResumingClientTransport(URI uri, UnaryOperator<McpWebSocketClient.Builder> settings) {
        clients =
                listener ->
                        settings.apply(McpWebSocketClient.builder(uri)).listener(listener).build();
        clients.apply(ClientListener.NONE); // checks the settings
    }

    /**
     * Opens a connection and a new session. The SDK calls this again to initialize once more after
     * a failure; a session that is still open then is closed.
     */
    @Override
    public Mono<Void> connect(
            Function<Mono<McpSchema.JSONRPCMessage>, Mono<McpSchema.JSONRPCMessage>> incoming) {
        return Mono.defer(() -> {
            McpWebSocketClient next = clients.apply(new Receiver(incoming));
            // before this returns: the SDK sends its first message without waiting
            McpWebSocketClient last = client.getAndSet(next);
            return Mono.<Void>fromCallable(
                            () -> {
                                if (last != null) {
                                    last.close();
                                }
                                next.connect();
                                return null;
                            })
                    .subscribeOn(Schedulers.boundedElastic());
        });
    }

    @Override
    public Mono<Void> sendMessage(McpSchema.JSONRPCMessage message) {
        return Mono.fromRunnable(() -> connected().send(fromSdk(message)));
    }

    private McpWebSocketClient connected() {
        McpWebSocketClient current = client.get();
        if (current == null) {
            throw new IllegalStateException("connect() has not been called");
        }
        return current;
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
        return Mono.<Void>fromRunnable(
                        () -> {
                            McpWebSocketClient current = client.get();
                            if (current != null) {
                                current.close();
                            }
                        })
                .subscribeOn(Schedulers.boundedElastic());
    }

    @Override
    public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
        return mapper.convertValue(data, type);
    }

    /** Sets the handler that is called each time a session closes. */
    @Override
    public void setExceptionHandler(Consumer<Throwable> exceptionHandler) {
        failures = exceptionHandler;
    }

    /** Passes the messages of one client to the SDK's session that has connected it. */
    private final class Receiver implements ClientListener {

        private final Function<Mono<McpSchema.JSONRPCMessage>, Mono<McpSchema.JSONRPCMessage>>
                incoming;

        Receiver(
                Function<Mono<McpSchema.JSONRPCMessage>, Mono<McpSchema.JSONRPCMessage>> incoming) {
            this.incoming = incoming;
        }

        @Override
        public void received(JsonRpcMessage message) {
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
