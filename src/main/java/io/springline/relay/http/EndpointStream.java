package io.springline.relay.http;

import io.springline.jsonrpc.sse.SseReader;
import io.springline.relay.client.UpstreamException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event stream of an HTTP+SSE upstream.
 *
 * <p>Its first event contains the URL for POST requests; all messages of the upstream arrive on it.
 * When it ends, the session ends.
 *
 * @see <a
 *     href="https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse">MCP
 *     2024-11-05, HTTP with SSE</a>
 */
final class EndpointStream implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(EndpointStream.class);

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final String upstream;
    private final HttpMessageMapper wire;
    private final HttpInFlight inFlight;
    private final HttpExchange exchange;
    private final CompletableFuture<URI> endpoint = new CompletableFuture<>();
    private final AtomicBoolean tried = new AtomicBoolean();

    EndpointStream(String upstream, HttpMessageMapper wire, HttpInFlight inFlight) {
        this.upstream = upstream;
        this.wire = wire;
        this.inFlight = inFlight;
        this.exchange = wire.exchange();
    }

    /**
     * Opens the stream and blocks until the URL for POST requests arrives. Called once.
     *
     * @throws HttpFailure if no valid URL arrives within 10 s, or within the request timeout if
     *     that is shorter
     */
    void open() throws HttpFailure {
        tried.set(true);
        inFlight.add(exchange);
        inFlight.startThread(this);
        Duration wait = wire.timeout().compareTo(LONGEST_WAIT) < 0 ? wire.timeout() : LONGEST_WAIT;
        try {
            endpoint.get(wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof HttpFailure failure ? failure : HttpFailure.unknown();
        } catch (TimeoutException e) {
            exchange.abort();
            throw new HttpFailure("upstream did not send the event 'endpoint' of HTTP+SSE");
        } catch (InterruptedException e) {
            exchange.abort();
            throw HttpFailure.withdrawn();
        }
    }

    /** Opens the stream, once; returns true if this succeeds. */
    boolean tryOpen() {
        if (tried.getAndSet(true)) {
            return false;
        }
        try {
            open();
            return true;
        } catch (HttpFailure | UpstreamException e) {
            log.debug("Upstream '{}': HTTP+SSE failed as well: {}", upstream, e.getMessage());
            return false;
        }
    }

    @Override
    public void run() {
        try {
            HttpReply reply = exchange.open(wire.get(null));
            if (!reply.isSuccess()) {
                exchange.abort();
                throw HttpFailure.status(reply);
            }
            if (!exchange.isStream(reply)) {
                exchange.abort();
                throw new HttpFailure("upstream has no event stream at this url");
            }
            read(reply);
            throw new HttpFailure("upstream ended its event stream");
        } catch (HttpFailure e) {
            if (!endpoint.completeExceptionally(e)) {
                inFlight.close(e.reason());
            }
        } finally {
            inFlight.remove(exchange);
        }
    }

    private void read(HttpReply reply) throws HttpFailure {
        SseReader stream = wire.events(reply);
        try {
            for (SseReader.Event event; (event = stream.next()) != null; ) {
                if (event.tooLarge()) {
                    log.warn(
                            "Upstream '{}' sent a message that is too large; it is skipped",
                            upstream);
                } else if (event.type().equals("endpoint")) {
                    named(reply.url(), event.data());
                } else if (event.type().equals("message")) {
                    wire.messages(event.data()).forEach(inFlight::deliverDecoded);
                }
            }
        } catch (IOException e) {
            log.debug("Upstream '{}': event stream interrupted", upstream);
        }
    }

    private void named(URI stream, String data) throws HttpFailure {
        URI named;
        try {
            named = stream.resolve(data.strip());
        } catch (IllegalArgumentException e) {
            throw new HttpFailure("upstream's event 'endpoint' has no valid URL");
        }
        if (!HttpReply.isSameOrigin(stream, named)) {
            throw new HttpFailure(
                    "upstream's event 'endpoint' names another origin, %s://%s, which is not trusted"
                            .formatted(named.getScheme(), named.getRawAuthority()));
        }
        wire.session().postTo(named);
        endpoint.complete(named);
    }
}
