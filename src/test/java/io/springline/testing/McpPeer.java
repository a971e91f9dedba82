package io.springline.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The client's end of a conversation in a test, over a socket or without one. */
public interface McpPeer extends AutoCloseable {

    JsonMapper JSON = new JsonMapper();

    /** How long a test waits for a message that must come. */
    long PATIENCE_MILLIS = Long.getLong("peer.patience", 60_000);

    void send(String json);

    /** The next message as received, or null when none comes within {@code millis}. */
    @Nullable String poll(long millis) throws InterruptedException;

    /** The close code, once the server has closed the connection; null before. */
    @Nullable Integer closeCode();

    /** Breaks the connection without a word. */
    void cut();

    @Override
    void close();

    default JsonNode receive() throws InterruptedException {
        String next = poll(PATIENCE_MILLIS);
        assertThat(next).as("a message from the server").isNotNull();
        return JSON.readTree(next);
    }

    /**
     * Sends and takes the next message. After a request, announcements that a list has changed are
     * skipped: they may come at any time, for example because an upstream is up.
     */
    default JsonNode ask(String json) throws InterruptedException {
        send(json);
        JsonNode next = receive();
        while (json.contains("\"id\"")
                && next.path("method").asString("").endsWith("/list_changed")) {
            next = receive();
        }
        return next;
    }

    /** Opens a legacy session. */
    default JsonNode initialize(String version, String capabilities) throws InterruptedException {
        JsonNode answer =
                ask(
                        """
                        {"jsonrpc":"2.0","id":"init","method":"initialize","params":{
                         "protocolVersion":"%s","capabilities":%s,
                         "clientInfo":{"name":"test","version":"1"}}}
                        """
                                .formatted(version, capabilities));
        send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
        return answer;
    }

    /** The {@code _meta} of a modern request, for use in params. */
    static String meta(String capabilities) {
        return """
        "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
        "io.modelcontextprotocol/clientCapabilities":%s,\
        "io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"}}\
        """
                .formatted(capabilities);
    }
}
