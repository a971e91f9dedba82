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
 * Puts a client of the MCP Java SDK, and with it one of Spring AI, on a WebSocket that resumes:
 * {@code McpClient.sync(new ResumingClientTransport(URI.create("wss://…/mcp"))).build()}. All
 * protocol versions of the SDK pass. Closing the SDK's client closes it.
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

    public ResumingClientTransport(URI uri) {
        this(uri, UnaryOperator.identity());
    }

    /**
     * @param settings what should differ from the defaults, such as the token; the listener is this
     *     transport's own
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
        throw new IllegalArgumentException("no JSON-RPC message: " + message.getClass());
    }

    @Override
    public Mono<Void> closeGracefully() {
        return Mono.<Void>fromRunnable(client::close).subscribeOn(Schedulers.boundedElastic());
    }

    @Override
    public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
        return mapper.convertValue(data, type);
    }

    /** Is told when the connection is gone for good. */
    @Override
    public void setExceptionHandler(Consumer<Throwable> told) {
        failures = told;
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
                                _ -> {},
                                failure ->
                                        log.warn(
                                                "the MCP SDK did not handle: {}",
                                                message,
                                                failure));
            } catch (IOException e) {
                log.warn("the MCP SDK cannot read: {}", message, e);
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
