package io.springline.relay;

import io.springline.jsonrpc.Decoded;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcCodec;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.RequestId;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How messages look as HTTP requests, and responses as messages. Safe for use by many threads.
 *
 * @param session of a legacy upstream; stays empty with a modern one
 * @param timeout longest wait for a response to begin, and for a body that is no stream
 * @param maxMessageBytes of one message from the upstream
 */
record HttpWire(
        HttpClient client,
        HttpEndpoint endpoint,
        JsonRpcCodec codec,
        HttpSession session,
        ModernHeaders modern,
        Duration timeout,
        int maxMessageBytes) {

    private static final String JSON = "application/json";
    private static final String EVENTS = "text/event-stream";
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    HttpExchange exchange() {
        return new HttpExchange(client, timeout);
    }

    HttpRequest post(JsonRpcMessage message) {
        HttpRequest.Builder request =
                request()
                        .setHeader("Content-Type", JSON)
                        .setHeader("Accept", JSON + ", " + EVENTS)
                        .POST(BodyPublishers.ofByteArray(codec.encode(message)));
        if (ModernHeaders.isModern(message)) {
            modern.of(message).forEach(request::setHeader);
        } else {
            session.addTo(request);
        }
        return request.build();
    }

    /** Asks for the stream of unsolicited messages, or for the rest of a stream that was cut. */
    HttpRequest get(@Nullable String lastEventId) {
        HttpRequest.Builder request = request().setHeader("Accept", EVENTS).GET();
        session.addTo(request);
        if (lastEventId != null) {
            request.setHeader("Last-Event-ID", lastEventId);
        }
        return request.build();
    }

    HttpRequest delete() {
        HttpRequest.Builder request = request().DELETE();
        session.addTo(request);
        return request.build();
    }

    private HttpRequest.Builder request() {
        var request = HttpRequest.newBuilder(endpoint.url());
        endpoint.headers().forEach(request::setHeader);
        // A stream per connection: HTTP/2 would bound the streams to one upstream by its settings,
        // and in clear text offer an upgrade that not every server ignores.
        return request.version(HttpClient.Version.HTTP_1_1);
    }

    /**
     * Whether this answer says that the upstream has forgotten our session. Without a session id in
     * the request it only says that there is nothing here.
     */
    static boolean isExpired(HttpResponse<?> response) {
        return response.statusCode() == 404
                && response.request().headers().firstValue(HttpSession.ID_HEADER).isPresent();
    }

    static boolean isSuccess(HttpResponse<?> response) {
        return response.statusCode() / 100 == 2;
    }

    static boolean isStream(HttpResponse<?> response) {
        return response.statusCode() == 200
                && response.headers()
                        .firstValue("Content-Type")
                        .map(type -> type.strip().toLowerCase(Locale.ROOT).startsWith(EVENTS))
                        .orElse(false);
    }

    /** The messages of a body that is no stream. */
    List<JsonRpcMessage> read(
            HttpExchange exchange, HttpResponse<InputStream> response, @Nullable RequestId ours)
            throws HttpFailure {
        byte[] body = exchange.read(response, maxMessageBytes);
        if (body.length > maxMessageBytes) {
            throw tooLarge();
        }
        return messages(new String(body, StandardCharsets.UTF_8), ours);
    }

    HttpFailure tooLarge() {
        return new HttpFailure(
                "upstream sent a message of more than %d bytes".formatted(maxMessageBytes));
    }

    /**
     * The messages in a text; none where it holds nothing of use.
     *
     * @param ours the request that an error without an id answers: an upstream that refuses a
     *     request before it has read it cannot name it
     */
    List<JsonRpcMessage> messages(String text, @Nullable RequestId ours) {
        List<JsonRpcMessage> messages =
                switch (codec.decode(text)) {
                    case Decoded.Batch(var elements) ->
                            elements.stream().flatMap(HttpWire::message).toList();
                    case Decoded.Single single -> message(single).toList();
                };
        if (!messages.isEmpty() || ours == null) {
            return messages;
        }
        JsonRpcError error = errorWithoutId(text);
        return error == null ? List.of() : List.of(new ErrorResponse(ours, error));
    }

    private static Stream<JsonRpcMessage> message(Decoded.Single decoded) {
        return switch (decoded) {
            case Decoded.Message(var message) -> Stream.of(message);
            case Decoded.Malformed _, Decoded.Ignored _ -> Stream.empty();
        };
    }

    private static @Nullable JsonRpcError errorWithoutId(String text) {
        JsonNode message;
        try {
            message = MAPPER.readTree(text);
        } catch (JacksonException e) {
            return null;
        }
        JsonNode error = message.path("error");
        if (!message.path("jsonrpc").asString("").equals("2.0")
                || !message.path("id").isMissingNode() && !message.path("id").isNull()
                || !error.isObject()) {
            return null;
        }
        return new JsonRpcError(
                error.path("code").asInt(ErrorCode.INTERNAL_ERROR.code()),
                error.path("message").asString(""),
                error.get("data"));
    }
}
