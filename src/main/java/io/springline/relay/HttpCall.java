package io.springline.relay;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request on its way: its POST, everything on its response stream, and the resumption of that
 * stream when it breaks. Runs on a thread of its own.
 */
final class HttpCall implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(HttpCall.class);

    /** How often a cut stream is asked for again before its request has failed. */
    static final int RESUMPTIONS = 4;

    private static final String CUT = "upstream ended the stream without a response";

    private final Request request;
    private final HttpWire wire;
    private final HttpInFlight inFlight;
    private final CountDownLatch ready;
    private final HttpExchange exchange;
    private final boolean modern;
    private volatile boolean sent;

    /**
     * @param ready open when the upstream may get requests
     */
    HttpCall(Request request, HttpWire wire, HttpInFlight inFlight, CountDownLatch ready) {
        this.request = request;
        this.wire = wire;
        this.inFlight = inFlight;
        this.ready = ready;
        this.exchange = wire.exchange();
        this.modern = ModernHeaders.isModern(request);
    }

    RequestId id() {
        return request.id();
    }

    /** Whether the upstream may know of this request and wants to be told of its end. */
    boolean wantsCancellation() {
        return sent && !modern;
    }

    void abort() {
        exchange.abort();
    }

    @Override
    public void run() {
        try {
            ready.await();
            converse();
        } catch (HttpFailure e) {
            inFlight.failed(id(), e);
        } catch (InterruptedException e) {
            inFlight.failed(id(), HttpFailure.withdrawn());
        } catch (RuntimeException e) {
            log.error("A request to an upstream failed by a fault of ours: {}", request, e);
            inFlight.failed(id(), HttpFailure.of(null));
        }
    }

    private void converse() throws HttpFailure {
        if (exchange.isAborted()) {
            return;
        }
        sent = true;
        HttpResponse<InputStream> response = exchange.open(wire.post(request));
        if (HttpWire.isExpired(response)) {
            throw HttpFailure.refusedAsExpired();
        }
        if (isHandshake() && HttpWire.isSuccess(response)) {
            wire.session().begin(response.headers());
        }
        if (HttpWire.isStream(response)) {
            follow(response);
        } else {
            body(response);
        }
    }

    private void body(HttpResponse<InputStream> response) throws HttpFailure {
        boolean success = HttpWire.isSuccess(response);
        try {
            for (JsonRpcMessage message : wire.read(exchange, response, id())) {
                received(message);
            }
        } catch (HttpFailure e) {
            throw success ? e : HttpFailure.status(response.statusCode());
        }
        if (inFlight.isWaiting(id())) {
            throw success
                    ? new HttpFailure("upstream answered without a JSON-RPC response")
                    : HttpFailure.status(response.statusCode());
        }
    }

    private void follow(HttpResponse<InputStream> first) throws HttpFailure {
        var resumption = new Resumption();
        HttpResponse<InputStream> stream = first;
        while (!answered(stream, resumption)) {
            stream = resumed(resumption);
        }
        HttpExchange.drain(stream.body());
    }

    /** Reads a stream until the response has come; false when the stream ends before. */
    private boolean answered(HttpResponse<InputStream> response, Resumption resumption)
            throws HttpFailure {
        var stream = new SseReader(response.body(), wire.maxMessageBytes());
        try {
            for (SseReader.Event event; (event = stream.next()) != null; ) {
                if (event.tooLarge()) {
                    exchange.abort();
                    throw wire.tooLarge();
                }
                if (event.type().equals("message")) {
                    wire.messages(event.data(), id()).forEach(this::received);
                }
                if (!inFlight.isWaiting(id())) {
                    return true;
                }
            }
        } catch (IOException e) {
            // cut, which is no different from an early end
        }
        resumption.ended(stream);
        return false;
    }

    private HttpResponse<InputStream> resumed(Resumption resumption) throws HttpFailure {
        String from = resumption.lastEventId();
        while (!modern && from != null && resumption.fruitless() < RESUMPTIONS) {
            exchange.pause(resumption.nextPause());
            HttpResponse<InputStream> response = reopened(from);
            if (response == null) {
                continue;
            }
            if (HttpWire.isStream(response)) {
                return response;
            }
            exchange.read(response, 0);
            if (HttpWire.isExpired(response)) {
                throw HttpFailure.expired();
            }
            if (response.statusCode() < 500) {
                break;
            }
        }
        throw new HttpFailure(CUT);
    }

    /** Null when the upstream cannot be reached just now. */
    private @Nullable HttpResponse<InputStream> reopened(String lastEventId) throws HttpFailure {
        try {
            return exchange.open(wire.get(lastEventId));
        } catch (HttpFailure e) {
            if (exchange.isAborted()) {
                throw e;
            }
            return null;
        }
    }

    private void received(JsonRpcMessage message) {
        if (isHandshake() && message instanceof ResultResponse(var id, var result)) {
            // before the receiver can send anything that has to name the version
            if (id.equals(id())) {
                wire.session().agree(result);
            }
        }
        inFlight.received(message, id());
    }

    private boolean isHandshake() {
        return !modern && request.method().equals("initialize");
    }
}
