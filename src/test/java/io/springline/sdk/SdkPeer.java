package io.springline.sdk;

import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import org.assertj.core.api.ThrowingConsumer;
import tools.jackson.databind.JsonNode;

/** A client of a server whose only features are the given beans. */
final class SdkPeer {

    static final String ABLE = "{\"elicitation\":{},\"sampling\":{},\"roots\":{}}";

    private final InMemoryPeer peer;

    private SdkPeer(InMemoryPeer peer) {
        this.peer = peer;
    }

    static void with(ThrowingConsumer<SdkPeer> test, Class<?>... beans) {
        CoreContext.runner()
                .withUserConfiguration(SdkConfiguration.class)
                .withUserConfiguration(beans)
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        test.accept(new SdkPeer(peer));
                    }
                });
    }

    /** Opens a legacy session with a client that can do everything. */
    void initialize() throws InterruptedException {
        initialize(ABLE);
    }

    void initialize(String capabilities) throws InterruptedException {
        peer.initialize("2025-11-25", capabilities);
    }

    void send(String json) {
        peer.send(json);
    }

    JsonNode receive() throws InterruptedException {
        return peer.receive();
    }

    /** Asks in the modern era; {@code members} of the params without braces. */
    JsonNode ask(String method, String members) throws InterruptedException {
        return ask(method, members, ABLE);
    }

    JsonNode ask(String method, String members, String capabilities) throws InterruptedException {
        String separator = members.isEmpty() ? "" : ",";
        return peer.ask(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s%s%s}}"
                        .formatted(method, McpPeer.meta(capabilities), separator, members));
    }

    JsonNode call(String tool, String arguments) throws InterruptedException {
        return ask("tools/call", tool(tool, arguments));
    }

    /** Sends a request in the legacy era, without waiting for its answer. */
    void sendLegacy(String method, String members) {
        send(
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"%s\",\"params\":{%s}}"
                        .formatted(method, members));
    }

    JsonNode askLegacy(String method, String members) throws InterruptedException {
        sendLegacy(method, members);
        return receive();
    }

    void answer(JsonNode request, String result) {
        send("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}".formatted(request.get("id"), result));
    }

    static String tool(String name, String arguments) {
        return "\"name\":\"%s\",\"arguments\":%s".formatted(name, arguments);
    }

    static String text(JsonNode response) {
        return response.at("/result/content/0/text").asString("");
    }
}
