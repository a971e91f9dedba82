package io.springline.relay.http;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.client.UpstreamTransport;
import io.springline.relay.config.HttpEndpoint;
import io.springline.relay.config.RelayProperties.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.client.HttpClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonPointer;

/**
 * A transport to one HTTP upstream: Streamable HTTP for legacy and modern messages, or HTTP+SSE of
 * 2024-11-05.
 *
 * <p>Each message is a POST of its own, so two messages sent at the same time may arrive in either
 * order; no message overtakes {@code notifications/initialized}.
 *
 * <p>A request has no timeout after its stream has begun; the sender cancels it. A failed request
 * does not affect the next one; only a lost session closes the transport.
 *
 * @see <a
 *     href="https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http">MCP
 *     2026-07-28, Streamable HTTP</a>
 * @see <a href="https://modelcontextprotocol.io/specification/2025-11-25/basic/transports">MCP
 *     2025-11-25, Transports</a>
 */
public final class HttpTransport implements UpstreamTransport {

    private static final Logger log = LoggerFactory.getLogger(HttpTransport.class);

    /** The time that {@link #close} waits for the upstream to end the session. */
    private static final Duration SESSION_END = Duration.ofSeconds(2);

    private final String name;
    private final HttpMessageMapper wire;
    private final Transport kind;
    private volatile @Nullable HttpInFlight inFlight;
    private volatile @Nullable EndpointStream fallback;
    private volatile CompletableFuture<@Nullable Void> ready =
            CompletableFuture.completedFuture(null);

    /**
     * Creates a transport without connecting.
     *
     * @param name the configured name of the upstream
     * @param kind {@code HTTP}, {@code SSE}, or {@code AUTO} for one after the other
     * @param credential added to each request
     * @param client shared by all upstreams, see {@link RelayHttpClient}
     * @param requestTimeout timeout until a response begins, and of all of it unless it is a stream
     * @param maxMessageBytes maximum size of one message from the upstream
     */
    public HttpTransport(
            String name,
            Transport kind,
            HttpEndpoint endpoint,
            RequestCredential credential,
            JsonRpcCodec codec,
            HttpClient client,
            Duration requestTimeout,
            int maxMessageBytes) {
        this.name = name;
        this.kind = kind;
        this.wire =
                new HttpMessageMapper(
                        client,
                        endpoint,
                        credential,
                        codec,
                        new HttpSession(),
                        new ModernHeaders(),
                        new ExchangeTimeouts(client.getScheduler()),
                        requestTimeout,
                        maxMessageBytes);
    }

    /**
     * Starts the transport. Streamable HTTP does not connect: each message does.
     *
     * @throws IOException if an HTTP+SSE upstream does not open its stream
     */
    @Override
    public void start(Receiver receiver) throws IOException {
        if (inFlight != null) {
            throw new IllegalStateException("the transport was already started");
        }
        var inFlight = new HttpInFlight(name, receiver);
        this.inFlight = inFlight;
        if (kind == Transport.HTTP) {
            return;
        }
        var stream = new EndpointStream(name, wire, inFlight);
        fallback = stream;
        if (kind == Transport.SSE) {
            try {
                stream.open();
            } catch (HttpFailure e) {
                close();
                throw new IOException(e.reason());
            }
        }
    }

    @Override
    public void mirrored(String tool, Map<JsonPointer, String> headerByArgument) {
        wire.modern().mirror(tool, headerByArgument);
    }

    @Override
    public void send(JsonRpcMessage message) {
        HttpInFlight inFlight = started();
        if (message instanceof Request request) {
            var call = new HttpCall(request, wire, inFlight, ready, fallback);
            inFlight.add(call);
            call.start();
            return;
        }
        HttpExchange exchange = wire.exchange();
        inFlight.add(exchange);
        CompletableFuture<?> before = ready;
        var taken = new CompletableFuture<@Nullable Void>();
        boolean initialized = isInitialized(message);
        if (initialized) {
            ready = taken;
        }
        inFlight.startThread(() -> {
            try {
                exchange.await(before);
                boolean accepted = post(message, exchange, inFlight);
                if (initialized && accepted && wire.session().endpoint() == null) {
                    listen(inFlight);
                }
            } catch (HttpFailure e) {
                log.debug("Upstream '{}': {} cancelled", name, message);
            } finally {
                taken.complete(null);
                inFlight.remove(exchange);
            }
        });
    }

    private static boolean isInitialized(JsonRpcMessage message) {
        return message instanceof Notification(var method, _)
                && method.equals("notifications/initialized")
                && !ModernHeaders.isModern(message);
    }

    /** Sends a message that is not a request; returns true if the upstream accepted it. */
    private boolean post(JsonRpcMessage message, HttpExchange exchange, HttpInFlight inFlight) {
        try {
            HttpReply reply = exchange.open(wire.post(message));
            if (reply.isSuccess()) {
                exchange.drain(reply);
                return true;
            }
            if (!ModernHeaders.isModern(message)
                    && wire.session().isLost(reply, wire.text(exchange, reply))) {
                inFlight.close(HttpFailure.expired().reason());
                return false;
            }
            log.warn("Upstream '{}': {} refused: HTTP {}", name, message, reply.status());
        } catch (HttpFailure e) {
            if (!exchange.isAborted()) {
                log.warn("Upstream '{}': {} not delivered: {}", name, message, e.getMessage());
            }
        }
        return false;
    }

    private void listen(HttpInFlight inFlight) {
        HttpExchange exchange = wire.exchange();
        try {
            inFlight.addStream(exchange);
        } catch (UpstreamException e) {
            log.debug("Upstream '{}': unsolicited stream not opened: {}", name, e.getMessage());
            return;
        }
        inFlight.startThread(new UnsolicitedStream(name, wire, inFlight, exchange));
    }

    /**
     * Cancels a request, which then gets no outcome. To a legacy upstream it sends the
     * notification; for a modern one it closes the response stream.
     */
    @Override
    public void cancel(RequestId request, Notification notification) {
        HttpCall call = started().withdraw(request);
        if (call == null) {
            return;
        }
        boolean tell = call.wantsCancellation();
        call.exchange().abort();
        if (tell) {
            try {
                send(notification);
            } catch (UpstreamException e) {
                log.debug("Upstream '{}': cancellation not sent: {}", name, e.getMessage());
            }
        }
    }

    /**
     * Closes the transport. Blocks up to two seconds until a legacy upstream has ended its session.
     */
    @Override
    public void close() {
        HttpInFlight inFlight = this.inFlight;
        if (inFlight == null) {
            return;
        }
        boolean lost = inFlight.isClosed();
        inFlight.close("closed");
        if (!lost
                && wire.session().isNamed()
                && wire.session().endpoint() == null
                && wire.credential().isReady()) {
            HttpExchange exchange = wire.exchange(SESSION_END);
            try {
                exchange.drain(exchange.open(wire.delete()));
            } catch (HttpFailure e) {
                log.debug("Upstream '{}': session not ended: {}", name, e.getMessage());
            }
        }
    }

    private HttpInFlight started() {
        HttpInFlight inFlight = this.inFlight;
        if (inFlight == null) {
            throw new IllegalStateException("the transport is not started");
        }
        return inFlight;
    }
}
