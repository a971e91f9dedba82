package io.springline.relay;

import io.springline.jsonrpc.JsonRpcCodec;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streamable HTTP to one upstream of either era, told apart message by message. Each message is a
 * POST on a virtual thread of its own, so two messages sent at once may arrive in either order; but
 * nothing overtakes {@code notifications/initialized}.
 *
 * <p>A request has no time limit once its stream has begun: whoever sent it cancels it. A failed
 * request says nothing about the next one; only a lost session ends the transport.
 *
 * @see <a
 *     href="https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http">MCP
 *     2026-07-28, Streamable HTTP</a>
 * @see <a href="https://modelcontextprotocol.io/specification/2025-11-25/basic/transports">MCP
 *     2025-11-25, Transports</a>
 */
final class HttpTransport implements UpstreamTransport {

    private static final Logger log = LoggerFactory.getLogger(HttpTransport.class);

    /** How long {@link #close} waits for the upstream to forget the session. */
    private static final Duration FAREWELL = Duration.ofSeconds(2);

    private final String name;
    private final HttpWire wire;
    private volatile @Nullable HttpInFlight inFlight;
    private volatile CountDownLatch ready = new CountDownLatch(0);

    /**
     * @param name as operators know the upstream
     * @param client shared by all upstreams, see {@link #client}
     * @param requestTimeout longest wait for a response to begin, and for all of it unless it is a
     *     stream
     * @param maxMessageBytes of one message from the upstream
     */
    HttpTransport(
            String name,
            HttpEndpoint endpoint,
            JsonRpcCodec codec,
            HttpClient client,
            Duration requestTimeout,
            int maxMessageBytes) {
        this.name = name;
        this.wire =
                new HttpWire(
                        client,
                        endpoint,
                        codec,
                        new HttpSession(),
                        new ModernHeaders(),
                        requestTimeout,
                        maxMessageBytes);
    }

    /**
     * A client fit to be shared, with its pool of connections. It never follows a redirect, which
     * could carry credentials elsewhere.
     */
    static HttpClient client(Duration connectTimeout) {
        return HttpClient.newBuilder()
                .connectTimeout(connectTimeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
    }

    /** Connects to nothing: each message finds out by itself whether the upstream is there. */
    @Override
    public void start(Receiver receiver) {
        if (inFlight != null) {
            throw new IllegalStateException("a transport is used once");
        }
        inFlight = new HttpInFlight(name, receiver);
    }

    @Override
    public void mirrored(String tool, Map<String, String> headerByArgument) {
        wire.modern().mirror(tool, headerByArgument);
    }

    @Override
    public void send(JsonRpcMessage message) {
        HttpInFlight inFlight = started();
        if (message instanceof Request request) {
            var call = new HttpCall(request, wire, inFlight, ready);
            inFlight.add(call);
            startThread(call);
            return;
        }
        HttpExchange exchange = wire.exchange();
        inFlight.add(exchange);
        CountDownLatch before = ready;
        var taken = new CountDownLatch(1);
        boolean initialized = isInitialized(message);
        if (initialized) {
            ready = taken;
        }
        startThread(() -> {
            try {
                before.await();
                boolean accepted = post(message, exchange, inFlight);
                if (initialized && accepted) {
                    listen(inFlight);
                }
            } catch (InterruptedException e) {
                log.debug("Upstream '{}': {} interrupted", name, message);
            } finally {
                taken.countDown();
                inFlight.remove(exchange);
            }
        });
    }

    private static boolean isInitialized(JsonRpcMessage message) {
        return message instanceof Notification(var method, _)
                && method.equals("notifications/initialized")
                && !ModernHeaders.isModern(message);
    }

    /** Whether the upstream took the message, which is no request. */
    private boolean post(JsonRpcMessage message, HttpExchange exchange, HttpInFlight inFlight) {
        try {
            HttpResponse<InputStream> response = exchange.open(wire.post(message));
            HttpExchange.drain(response.body());
            if (HttpWire.isExpired(response)) {
                inFlight.close(HttpFailure.expired().reason());
                return false;
            }
            if (HttpWire.isSuccess(response)) {
                return true;
            }
            log.warn("Upstream '{}': {} refused: HTTP {}", name, message, response.statusCode());
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
            inFlight.add(exchange);
        } catch (UpstreamException e) {
            log.debug("Upstream '{}': no stream: {}", name, e.getMessage());
            return;
        }
        startThread(new UnsolicitedStream(name, wire, inFlight, exchange));
    }

    /**
     * Stops waiting; the receiver hears no more of the request. A legacy upstream gets the
     * notification, a modern one sees its response stream closed.
     */
    @Override
    public void cancel(RequestId request, Notification notification) {
        HttpCall call = started().withdraw(request);
        if (call == null) {
            return;
        }
        boolean tell = call.wantsCancellation();
        call.abort();
        if (tell) {
            try {
                send(notification);
            } catch (UpstreamException e) {
                log.debug("Upstream '{}': cancellation not sent: {}", name, e.getMessage());
            }
        }
    }

    /** Waits up to two seconds for a legacy upstream to forget its session. */
    @Override
    public void close() {
        HttpInFlight inFlight = this.inFlight;
        if (inFlight == null || inFlight.isClosed()) {
            return;
        }
        inFlight.close("closed");
        if (wire.session().isNamed()) {
            var exchange = new HttpExchange(wire.client(), FAREWELL);
            try {
                HttpExchange.drain(exchange.open(wire.delete()).body());
            } catch (HttpFailure e) {
                log.debug("Upstream '{}': session not ended: {}", name, e.getMessage());
            }
        }
    }

    private HttpInFlight started() {
        HttpInFlight inFlight = this.inFlight;
        if (inFlight == null) {
            throw new IllegalStateException("a transport is started before it is used");
        }
        return inFlight;
    }

    private void startThread(Runnable task) {
        Thread.ofVirtual().name("upstream-" + name).start(task);
    }
}
