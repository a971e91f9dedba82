package io.springline.relay;

import io.springline.jsonrpc.JsonRpcMessage;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream on which a legacy upstream says what belongs to no request. Opened again whenever it
 * ends, until it is aborted or the upstream turns out to have none. Runs on a thread of its own.
 */
final class UnsolicitedStream implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(UnsolicitedStream.class);

    private final String upstream;
    private final HttpWire wire;
    private final HttpInFlight inFlight;
    private final HttpExchange exchange;
    private final Resumption resumption = new Resumption();
    private boolean granted;

    UnsolicitedStream(
            String upstream, HttpWire wire, HttpInFlight inFlight, HttpExchange exchange) {
        this.upstream = upstream;
        this.wire = wire;
        this.inFlight = inFlight;
        this.exchange = exchange;
    }

    @Override
    public void run() {
        try {
            while (opened()) {
                exchange.pause(resumption.nextPause());
            }
        } catch (HttpFailure e) {
            // aborted
        } finally {
            inFlight.remove(exchange);
        }
    }

    /** Whether the stream is worth another attempt. */
    private boolean opened() throws HttpFailure {
        HttpResponse<InputStream> response;
        try {
            response = exchange.open(wire.get(resumption.lastEventId()));
        } catch (HttpFailure e) {
            log.debug("Upstream '{}': no stream: {}", upstream, e.getMessage());
            return !exchange.isAborted();
        }
        if (HttpWire.isStream(response)) {
            granted = true;
            read(response);
            return true;
        }
        // a server without such a stream may say so by 404 instead of 405
        if (granted && HttpWire.isExpired(response)) {
            inFlight.close(HttpFailure.expired().reason());
            return false;
        }
        exchange.read(response, 0);
        // 405 says that there is none; what else is refused will not be granted later
        return response.statusCode() >= 500;
    }

    private void read(HttpResponse<InputStream> response) {
        var stream = new SseReader(response.body(), wire.maxMessageBytes());
        try {
            for (SseReader.Event event; (event = stream.next()) != null; ) {
                if (event.tooLarge()) {
                    log.warn("Upstream '{}' sent too large a message, left out", upstream);
                } else if (event.type().equals("message")) {
                    for (JsonRpcMessage message : wire.messages(event.data(), null)) {
                        inFlight.received(message, null);
                    }
                }
            }
        } catch (IOException e) {
            log.debug("Upstream '{}': the stream was cut", upstream);
        }
        resumption.ended(stream);
    }
}
