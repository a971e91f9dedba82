package io.springline.client.local;

import io.springline.jsonrpc.sse.SseReader;
import io.springline.jsonrpc.sse.SseResumption;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An event stream that is resumed after its last event, by one request after the other. */
final class HttpEventStream {

    private static final Logger log = LoggerFactory.getLogger(HttpEventStream.class);

    static final String TYPE = "text/event-stream";
    static final int OK = 200;

    private static final int SERVER_ERROR = 500;

    /** The statuses below 500 after which another attempt makes sense: timeout, too many. */
    private static final Set<Integer> MAY_PASS = Set.of(408, 429);

    /** The maximum number of consecutive resumptions without an event. */
    private static final int RESUMPTIONS = 4;

    private final HttpClient http;
    private final Supplier<HttpRequest.Builder> requests;
    private final int maxEventSize;
    private final Consumer<SseReader.Event> events;
    private final SseResumption resumption = new SseResumption();

    HttpEventStream(
            HttpClient http,
            Supplier<HttpRequest.Builder> requests,
            int maxEventSize,
            Consumer<SseReader.Event> events) {
        this.http = http;
        this.requests = requests;
        this.maxEventSize = maxEventSize;
        this.events = events;
    }

    /**
     * Reads a body until it ends or breaks, or nothing more is needed.
     *
     * @param done returns true if no further event is needed; called after each event
     */
    void read(InputStream body, BooleanSupplier done) {
        var reader = new SseReader(body, maxEventSize);
        try {
            for (SseReader.Event event; (event = reader.next()) != null; ) {
                events.accept(event);
                if (done.getAsBoolean()) {
                    break;
                }
            }
        } catch (IOException e) {
            log.debug("an event stream broke", e);
        }
        resumption.ended(reader);
    }

    /**
     * Requests the events after the last one, and {@linkplain #read reads} them. Returns the
     * status; 500 if the server cannot be reached.
     */
    int get(BooleanSupplier done) throws InterruptedException {
        HttpRequest.Builder get = requests.get().header("Accept", TYPE);
        String last = resumption.lastEventId();
        if (last != null) {
            get.header("Last-Event-ID", last);
        }
        try {
            HttpResponse<InputStream> response =
                    http.send(get.GET().build(), HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() == OK) {
                    read(body, done);
                } else {
                    log.debug("the server has no event stream: HTTP {}", response.statusCode());
                }
            }
            return response.statusCode();
        } catch (IOException e) {
            log.debug("the server has no event stream", e);
            return SERVER_ERROR;
        }
    }

    /** Returns true if another request makes sense after this status. */
    static boolean mayGoOn(int status) {
        return status == OK || status >= SERVER_ERROR || MAY_PASS.contains(status);
    }

    boolean hasId() {
        return resumption.lastEventId() != null;
    }

    /** Returns false without an event id, and after four requests without an event. */
    boolean isResumable() {
        return hasId() && resumption.fruitless() < RESUMPTIONS;
    }

    /** See {@link SseResumption#pause}. */
    Duration pause() {
        return resumption.pause();
    }

    /** See {@link SseResumption#nextPause}. */
    Duration nextPause() {
        return resumption.nextPause();
    }
}
