package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** An MCP server with one tool that opens the WebSocket itself, as its authors would write it. */
final class TestAgent implements AutoCloseable {

    private static final String OPEN =
            "{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\",\"params\":{}}";

    private final String serverName;
    private final String tool;
    private final int tools;
    private final Function<JsonNode, @Nullable String> result;
    private final List<JsonNode> received = new CopyOnWriteArrayList<>();
    private final BlockingQueue<JsonNode> calls = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final RawSocket socket;
    private final List<String> resources;
    private final Map<String, String> replies;
    private volatile boolean answersPing = true;
    private volatile boolean answers = true;

    /**
     * @param result the text of a call's result; null for no answer
     */
    TestAgent(
            String uri,
            String serverName,
            String tool,
            Function<JsonNode, @Nullable String> result) {
        this(uri, serverName, tool, 1, result, OPEN, List.of(), Map.of());
    }

    /**
     * @param tools how many tools it has; only the first can be called
     */
    TestAgent(
            String uri,
            String serverName,
            String tool,
            int tools,
            Function<JsonNode, @Nullable String> result) {
        this(uri, serverName, tool, tools, result, OPEN, List.of(), Map.of());
    }

    /**
     * @param opening the first message, if the URI says that the agent resumes its session
     * @param resources URIs that clients may subscribe to
     * @param replies messages in place of an answer, by method, with {@code @ID} and single quotes
     */
    private TestAgent(
            String uri,
            String serverName,
            String tool,
            int tools,
            Function<JsonNode, @Nullable String> result,
            String opening,
            List<String> resources,
            Map<String, String> replies) {
        this.replies = replies;
        this.tools = tools;
        this.resources = resources;
        this.serverName = serverName;
        this.tool = tool;
        this.result = result;
        URI target = URI.create(uri);
        try {
            this.socket =
                    new RawSocket(
                            target.getPort(),
                            target.getRawQuery() == null
                                    ? target.getRawPath()
                                    : target.getRawPath() + '?' + target.getRawQuery());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(socket.status()).isEqualTo(101);
        Thread.ofPlatform().daemon().name("test-agent").start(this::read);
        if (uri.contains("resume=1")) {
            send(opening);
        }
    }

    /** An agent of sessions that comes back to one that {@code former} has opened. */
    static TestAgent resuming(String uri, TestAgent former) {
        JsonNode grant = former.received().getFirst().get("result");
        ObjectNode request =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("jsonrpc", "2.0")
                        .put("id", "r")
                        .put("method", "springline/resume");
        request.putObject("params")
                .put("token", grant.get("token").stringValue())
                .put("epoch", grant.get("epoch").stringValue())
                .put("received", former.received().size() - 1);
        return new TestAgent(
                uri,
                former.serverName,
                former.tool,
                former.tools,
                former.result,
                request + "",
                former.resources,
                former.replies);
    }

    /** A server whose resources clients may subscribe to. */
    static TestAgent withResources(String uri, String... resources) {
        return new TestAgent(
                uri, "files", "read", 1, call -> "read", OPEN, List.of(resources), Map.of());
    }

    /** A server that answers these methods as the test says, and the others as usual. */
    static TestAgent scripted(String uri, String serverName, Map<String, String> replies) {
        return new TestAgent(uri, serverName, "tool", 1, _ -> "called", OPEN, List.of(), replies);
    }

    /** Returns whether it has received the request for the resource. */
    boolean wasAsked(String method, String uri) {
        return received.stream()
                .anyMatch(each ->
                        each.path("method").asString("").equals(method)
                                && each.at("/params/uri").asString("").equals(uri));
    }

    static TestAgent echo(String uri, String serverName, String tool) {
        return new TestAgent(uri, serverName, tool, call -> serverName + " ran " + tool);
    }

    /** As if the server had ended behind a script that keeps the WebSocket open. */
    void stopAnswering() {
        answers = false;
    }

    void stopAnsweringPings() {
        answersPing = false;
    }

    List<JsonNode> received() {
        return received;
    }

    /** Returns the next call of the tool. */
    JsonNode call() throws InterruptedException {
        JsonNode call = calls.poll(McpPeer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        assertThat(call).as("a call").isNotNull();
        return call;
    }

    boolean hasCall() {
        return !calls.isEmpty();
    }

    CompletableFuture<Integer> closed() {
        return closed;
    }

    synchronized void sendRaw(byte[] bytes) {
        try {
            socket.sendRaw(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized void send(String json) {
        try {
            socket.sendText(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Drops the connection without a close frame. */
    void cut() {
        close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read() {
        try {
            while (!closed.isDone()) {
                RawSocket.Frame frame = socket.read();
                switch (frame.opcode()) {
                    case RawSocket.TEXT -> received(McpPeer.JSON.readTree(frame.text()));
                    case RawSocket.PING -> socket.send(RawSocket.PONG, frame.payload());
                    case RawSocket.CLOSE -> {
                        closed.complete(frame.code());
                        socket.send(RawSocket.CLOSE, frame.payload());
                    }
                    default -> {}
                }
            }
        } catch (IOException | UncheckedIOException e) {
            closed.completeExceptionally(e);
        }
    }

    private void received(JsonNode message) {
        received.add(message);
        if (!answers || !message.has("id") || !message.has("method")) {
            return;
        }
        String reply = replies.get(message.path("method").asString(""));
        if (reply != null) {
            send(reply.replace("@ID", message.get("id").toString()).replace('\'', '"'));
            return;
        }
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        switch (message.path("method").asString("")) {
            case "initialize" -> {
                answer.put("protocolVersion", message.at("/params/protocolVersion").asString(""));
                ObjectNode capabilities = answer.putObject("capabilities");
                capabilities.putObject("tools");
                if (!resources.isEmpty()) {
                    capabilities.putObject("resources").put("subscribe", true);
                }
                answer.putObject("serverInfo").put("name", serverName).put("version", "1");
            }
            case "tools/list" -> {
                ArrayNode list = answer.putArray("tools");
                for (int n = 0; n < tools; n++) {
                    list.addObject()
                            .put("name", n == 0 ? tool : tool + n)
                            .putObject("inputSchema")
                            .put("type", "object");
                }
            }
            case "resources/list" -> {
                ArrayNode list = answer.putArray("resources");
                resources.forEach(each -> list.addObject().put("uri", each).put("name", each));
            }
            case "resources/templates/list" -> answer.putArray("resourceTemplates");
            case "resources/subscribe", "resources/unsubscribe" -> {}
            case "tools/call" -> {
                calls.add(message);
                String text = result.apply(message);
                if (text == null) {
                    return;
                }
                answer.putArray("content").addObject().put("type", "text").put("text", text);
            }
            case "ping" -> {
                if (!answersPing) {
                    return;
                }
            }
            default -> {
                return;
            }
        }
        answer(message.get("id"), answer);
    }

    /** Returns the result of a call. */
    static ObjectNode text(String text) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        return result;
    }

    void answer(JsonNode id, ObjectNode result) {
        ObjectNode response = JsonNodeFactory.instance.objectNode().put("jsonrpc", "2.0");
        response.set("id", id);
        response.set("result", result);
        send(response + "\n");
    }
}
