package io.springline.relay.http;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.jsonrpc.sse.SseReader;
import io.springline.relay.config.HttpEndpoint;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.client.HttpClient;
import org.jspecify.annotations.Nullable;

/**
 * Mapping between JSON-RPC messages and HTTP requests and responses. Thread-safe.
 *
 * @param credential adds headers to each request
 * @param session state of a legacy session; empty with a modern upstream
 * @param timeouts the deadlines of all exchanges
 * @param timeout timeout until a response begins, and of a body that is not a stream
 * @param maxMessageBytes maximum size of one message from the upstream
 */
record HttpMessageMapper(
        HttpClient client,
        HttpEndpoint endpoint,
        RequestCredential credential,
        JsonRpcCodec codec,
        HttpSession session,
        ModernHeaders modern,
        ExchangeTimeouts timeouts,
        Duration timeout,
        int maxMessageBytes) {

    static final String JSON = "application/json";
    private static final String EVENTS = "text/event-stream";

    HttpExchange exchange() {
        return exchange(timeout);
    }

    /** Returns an exchange with another timeout. */
    HttpExchange exchange(Duration limit) {
        return new HttpExchange(client, credential, timeouts, limit);
    }

    HttpMessage post(JsonRpcMessage message) {
        Map<String, String> headers = headers(JSON + ", " + EVENTS);
        headers.put("Content-Type", JSON);
        if (ModernHeaders.isModern(message)) {
            headers.putAll(modern.of(message));
        } else {
            session.addTo(headers);
        }
        URI url = Objects.requireNonNullElse(session.endpoint(), endpoint.url());
        return new HttpMessage("POST", url, headers, codec.encode(message));
    }

    /** Returns the GET for the unsolicited stream, or for the rest of an interrupted stream. */
    HttpMessage get(@Nullable String lastEventId) {
        Map<String, String> headers = headers(EVENTS);
        session.addTo(headers);
        if (lastEventId != null) {
            headers.put("Last-Event-ID", lastEventId);
        }
        return new HttpMessage("GET", endpoint.url(), headers, null);
    }

    HttpMessage delete() {
        Map<String, String> headers = headers("*/*");
        session.addTo(headers);
        return new HttpMessage("DELETE", endpoint.url(), headers, null);
    }

    private Map<String, String> headers(String accept) {
        var headers = new LinkedHashMap<>(endpoint.headers());
        headers.put("Accept", accept);
        headers.put("Accept-Encoding", "identity");
        return headers;
    }

    /** Returns the text of a body that is not a stream. */
    String text(HttpExchange exchange, HttpReply reply) throws HttpFailure {
        byte[] body = exchange.read(reply, maxMessageBytes);
        if (body.length > maxMessageBytes) {
            throw tooLarge();
        }
        return new String(body, StandardCharsets.UTF_8);
    }

    SseReader events(HttpReply reply) throws HttpFailure {
        try {
            return new SseReader(reply.body(), maxMessageBytes);
        } catch (IOException e) {
            throw HttpFailure.of(e);
        }
    }

    HttpFailure tooLarge() {
        return new HttpFailure(
                "upstream sent a message of more than %d bytes".formatted(maxMessageBytes));
    }

    /** Returns the messages in a text, invalid ones included. */
    List<Decoded.Single> messages(String text) {
        return messages(text, null);
    }

    /**
     * Returns the messages in a text, invalid ones included.
     *
     * @param ours the request that an error without an id belongs to: an upstream that refuses a
     *     request before reading it does not have the id
     */
    List<Decoded.Single> messages(String text, @Nullable RequestId ours) {
        List<Decoded.Single> all =
                switch (codec.decode(text)) {
                    case Decoded.Batch(var elements) -> elements;
                    case Decoded.Single single -> List.of(single);
                };
        return all.size() == 1
                        && all.getFirst()
                                instanceof Decoded.Message(ErrorResponse(var id, var error))
                        && id == null
                        && ours != null
                ? List.of(new Decoded.Message(new ErrorResponse(ours, error)))
                : all;
    }
}
