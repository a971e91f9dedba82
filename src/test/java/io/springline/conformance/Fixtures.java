package io.springline.conformance;

import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.databind.JsonNode;

/** A server with the fixtures, and short forms of what a client says to it. */
final class Fixtures {

    static final String ALL_CAPABILITIES =
            "{\"sampling\":{},\"elicitation\":{\"form\":{}},\"roots\":{}}";

    @FunctionalInterface
    interface Conversation {
        void with(InMemoryPeer peer) throws Exception;
    }

    private Fixtures() {}

    static ApplicationContextRunner runner() {
        return CoreContext.runner()
                .withUserConfiguration(ConformanceConfiguration.class)
                .withPropertyValues("spring.profiles.active=conformance");
    }

    static void talk(Conversation conversation) {
        runner().run(context -> {
            try (var peer = new InMemoryPeer(context)) {
                conversation.with(peer);
            }
        });
    }

    /** A modern request; {@code members} of the params follow the {@code _meta}. */
    static String modern(int id, String method, String capabilities, String members) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"%s","params":{%s%s}}\
        """
                .formatted(
                        id,
                        method,
                        McpPeer.meta(capabilities),
                        members.isEmpty() ? "" : "," + members);
    }

    static String modernCall(int id, String tool, String members) {
        String name = "\"name\":\"%s\"".formatted(tool);
        return modern(
                id,
                "tools/call",
                ALL_CAPABILITIES,
                members.isEmpty() ? name : name + "," + members);
    }

    static String legacy(int id, String method, String params) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"%s","params":%s}\
        """
                .formatted(id, method, params);
    }

    static String legacyCall(int id, String tool, String arguments) {
        return legacy(
                id, "tools/call", "{\"name\":\"%s\",\"arguments\":%s}".formatted(tool, arguments));
    }

    /** The answer to a request of the server. */
    static String answer(JsonNode request, String result) {
        return """
        {"jsonrpc":"2.0","id":%s,"result":%s}\
        """
                .formatted(request.path("id"), result);
    }

    static String text(JsonNode response) {
        return response.at("/result/content/0/text").asString("");
    }
}
