package io.springline.relay.http;

import io.springline.jsonrpc.sse.SseReader;
import io.springline.jsonrpc.sse.SseResumption;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event stream of a GET request to a legacy upstream.
 *
 * <p>It carries the messages outside of requests; some servers also send the responses to requests
 * on it that they accepted with 202. It is reopened each time it ends, until it is aborted or the
 * upstream refuses it. Runs on a thread of its own.
 */
final class UnsolicitedStream implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(UnsolicitedStream.class);

    /** The number of consecutive failures after which the stream is not reopened. */
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

    /** Opens and reads the stream; returns true if it should be reopened. */
    private boolean opened() throws HttpFailure {
        HttpReply reply;
        boolean stream;
        String body;
        try {
            reply = exchange.open(wire.get(resumption.lastEventId()));
            stream = reply.isSuccess() && exchange.isStream(reply);
            body = stream ? "" : wire.text(exchange, reply);
        } catch (HttpFailure e) {
            log.debug("Upstream '{}': unsolicited stream not opened: {}", upstream, e.getMessage());
            return !exchange.isAborted() && goesOn(e);
        }
        if (stream) {
            granted = true;
            failures = 0;
            read(reply);
            return true;
        }
        // a server without this stream may respond with 404 instead of 405
        if (granted && wire.session().isLost(reply, body)) {
            inFlight.close(HttpFailure.expired().reason());
            return false;
        }
        // 405 means that there is no such stream; other refusals are final as well
        return reply.status() >= 500 && goesOn(HttpFailure.status(reply));
    }

    /**
     * Counts a failure; returns false after the last attempt, and then closes the session if the
     * stream had worked before. The last attempt is not before the responses that arrive have
     * ended.
     */
    private boolean goesOn(HttpFailure failure) {
        if (++failures < MAX_FAILURES) {
            return true;
        }
        if (failure.kind() == HttpFailure.Kind.UNREACHABLE && inFlight.isReceiving()) {
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
                    wire.messages(event.data()).forEach(inFlight::deliverDecoded);
                }
            }
        } catch (IOException e) {
            log.debug("Upstream '{}': unsolicited stream interrupted", upstream);
        }
        resumption.ended(stream);
    }
}
