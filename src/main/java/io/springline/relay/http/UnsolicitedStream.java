package io.springline.relay.http;

import io.springline.jsonrpc.codec.Decoded;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event stream of a GET, on which a legacy upstream sends what belongs to no request, and some
 * servers the answers to requests that they have accepted with 202. Opened again whenever it ends,
 * until it is aborted or the upstream turns out to have none. Runs on a thread of its own.
 */
final class UnsolicitedStream implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(UnsolicitedStream.class);

    /** Attempts in a row that fail before no more is made. */
    private static final int MAX_FAILURES = 3;

    private final String upstream;
    private final HttpMessageMapper wire;
    private final HttpInFlight inFlight;
    private final HttpExchange exchange;
    private final SseResumption resumption = new SseResumption();
    private boolean granted;
    private int failures;

    UnsolicitedStream(
            String upstream, HttpMessageMapper wire, HttpInFlight inFlight, HttpExchange exchange) {
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
            inFlight.streamEnded(exchange);
        }
    }

    /** Returns true if the stream is worth another attempt. */
    private boolean opened() throws HttpFailure {
        HttpReply reply;
        boolean stream;
        try {
            reply = exchange.open(wire.get(resumption.lastEventId()));
            stream = reply.isSuccess() && exchange.isStream(reply);
        } catch (HttpFailure e) {
            log.debug("Upstream '{}': no stream: {}", upstream, e.getMessage());
            return !exchange.isAborted() && goesOn(e);
        }
        if (stream) {
            granted = true;
            failures = 0;
            read(reply);
            return true;
        }
        String body = wire.text(exchange, reply);
        // a server without such a stream may say so by 404 instead of 405
        if (granted && wire.session().isLost(reply, body)) {
            inFlight.close(HttpFailure.expired().reason());
            return false;
        }
        // 405 says that there is none; what else is refused will not be granted later
        return reply.status() >= 500 && goesOn(HttpFailure.status(reply));
    }

    /** Gives up after some failures; the session too, if it has had this stream. */
    private boolean goesOn(HttpFailure failure) {
        if (++failures < MAX_FAILURES) {
            return true;
        }
        if (granted) {
            inFlight.close(failure.reason());
        }
        return false;
    }

    private void read(HttpReply reply) throws HttpFailure {
        SseReader stream = wire.events(reply);
        try {
            for (SseReader.Event event; (event = stream.next()) != null; ) {
                if (event.tooLarge()) {
                    log.warn(
                            "Upstream '{}' sent a message that is too large; it is skipped",
                            upstream);
                } else if (event.type().equals("message")) {
                    for (Decoded.Single message : wire.messages(event.data(), null)) {
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
