package io.springline.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A session of Streamable HTTP: the response to a POST is JSON or a stream of events. */
final class HttpTestConnection implements TestConnection {

    private static final JsonMapper JSON = new JsonMapper();

    private final URI uri;
    private final String token;
    private final HttpClient http = HttpClient.newHttpClient();
    private String session = "";
    private int requests;

    HttpTestConnection(URI uri, String token) {
        this.uri = uri;
        this.token = token;
    }

    private static ObjectNode message(String method) {
        return JsonNodeFactory.instance.objectNode().put("jsonrpc", "2.0").put("method", method);
    }

    @Override
    public JsonNode request(String method, ObjectNode params) {
        ObjectNode message = message(method).put("id", ++requests);
        message.set("params", params);
        HttpResponse<Stream<String>> response = send(post(message), method);
        try (Stream<String> body = response.body()) {
            session = response.headers().firstValue("Mcp-Session-Id").orElse(session);
            JsonNode answer =
                    isEventStream(response) ? answerIn(body, method) : read(body, response);
            JsonNode error = answer.path("error");
            if (error.isObject()) {
                throw new McpErrorException(
                        error.path("code").asInt(), error.path("message").asString(""));
            }
            return answer.path("result");
        }
    }

    private static boolean isEventStream(HttpResponse<?> response) {
        return response.headers()
                .firstValue("Content-Type")
                .orElse("")
                .startsWith("text/event-stream");
    }

    /** Returns the response among the events; others are notifications. */
    private JsonNode answerIn(Stream<String> lines, String method) {
        return lines.filter(line -> line.startsWith("data:"))
                .map(line -> line.substring("data:".length()).strip())
                .filter(data -> !data.isEmpty())
                .map(data -> JSON.readTree(data))
                .filter(each -> !each.has("method") && each.path("id").asInt(0) == requests)
                .findFirst()
                .orElseThrow(() -> McpTestClient.noResponse(method, null));
    }

    private JsonNode read(Stream<String> lines, HttpResponse<?> response) {
        String text = lines.reduce("", String::concat);
        if (!text.startsWith("{") || !text.contains("\"jsonrpc\"")) {
            throw new IllegalStateException(
                    "%s: HTTP status %d: %s".formatted(uri, response.statusCode(), text));
        }
        return JSON.readTree(text);
    }

    @Override
    public void notify(String method) {
        HttpResponse<Stream<String>> response = send(post(message(method)), method);
        response.body().close();
        if (response.statusCode() != 202) {
            throw new IllegalStateException(
                    "%s: HTTP status %d".formatted(method, response.statusCode()));
        }
    }

    private HttpRequest post(ObjectNode message) {
        return builder()
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .POST(BodyPublishers.ofString(message.toString()))
                .build();
    }

    private HttpRequest.Builder builder() {
        var request =
                HttpRequest.newBuilder(uri)
                        .timeout(Duration.ofSeconds(McpTestClient.TIMEOUT_SECONDS));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (!session.isEmpty()) {
            request.header("Mcp-Session-Id", session)
                    .header("MCP-Protocol-Version", McpTestClient.VERSION);
        }
        return request;
    }

    private HttpResponse<Stream<String>> send(HttpRequest request, String method) {
        try {
            return http.send(request, BodyHandlers.ofLines());
        } catch (HttpTimeoutException e) {
            throw McpTestClient.noResponse(method, e);
        } catch (IOException e) {
            throw new UncheckedIOException(uri.toString(), e);
        } catch (InterruptedException e) {
            throw McpTestClient.interrupted(e);
        }
    }

    @Override
    public void close() {
        if (!session.isEmpty()) {
            send(builder().DELETE().build(), "DELETE").body().close();
        }
        http.close();
    }
}
