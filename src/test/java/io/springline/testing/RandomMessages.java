package io.springline.testing;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What clients of both eras send, mostly in order, and what no client should. */
public final class RandomMessages {

    private static final List<String> METHODS =
            List.of(
                    "ping",
                    "tools/list",
                    "resources/list",
                    "resources/templates/list",
                    "prompts/list",
                    "server/discover",
                    "no/such",
                    "logging/setLevel",
                    "springline/open",
                    "springline/resume");

    private final Random random;
    private final RandomJson json;
    private final String prefix;
    private int lastId;

    /**
     * @param prefix of the ids, so that several senders do not share any
     */
    public RandomMessages(Random random, String prefix) {
        this.random = random;
        this.json = new RandomJson(random);
        this.prefix = prefix;
    }

    public String initialize(String version) {
        return """
        {"jsonrpc":"2.0","id":%s,"method":"initialize","params":{"protocolVersion":"%s",\
        "capabilities":{"elicitation":{},"roots":{}},"clientInfo":{"name":"f","version":"1"}}}\
        """
                .formatted(newId(), version);
    }

    /** One message, right in most cases. */
    public String next() {
        return switch (random.nextInt(16)) {
            case 0 -> json.mutated(right());
            case 1 -> json.envelope();
            case 2 -> json.mutated(json.value());
            case 3 ->
                    IntStream.range(0, random.nextInt(5))
                            .mapToObj(_ -> json.oneIn(4) ? json.value() : right())
                            .collect(Collectors.joining(",", "[", "]"));
            default -> right();
        };
    }

    /** A message that a client may send. */
    public String right() {
        return switch (random.nextInt(12)) {
            case 0 -> notification("notifications/cancelled", "\"requestId\":" + usedId());
            case 1 -> notification("springline/ack", "\"received\":" + random.nextInt(40));
            case 2 -> notification("notifications/" + random.nextInt(3), "");
            case 3 ->
                    "{\"jsonrpc\":\"2.0\",\"id\":\"s-%d\",\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"n\"}}}"
                            .formatted(random.nextInt(9));
            case 4 ->
                    request("resources/subscribe", "\"uri\":\"note://" + random.nextInt(9) + "\"");
            case 5 ->
                    request(
                            "subscriptions/listen",
                            "\"notifications\":{\"toolsListChanged\":true,\"resourceSubscriptions\":[\"note://1\"]}");
            case 6 -> request(json.oneOf(METHODS), "\"level\":\"info\"");
            case 7 -> request("resources/read", "\"uri\":\"note://" + random.nextInt(9) + "\"");
            default -> call();
        };
    }

    private String call() {
        return switch (random.nextInt(8)) {
            case 0 -> tool("slow", "{\"gate\":\"" + prefix + random.nextInt(3) + "\"}");
            case 1 -> tool("open_gate", "{\"gate\":\"" + prefix + random.nextInt(3) + "\"}");
            case 2 -> tool("progress", "{}");
            case 3 -> tool("ask", "{}");
            case 4 -> tool("ask_reentrant", "{}");
            case 5 -> tool("sum", "{\"a\":" + json.value() + ",\"b\":" + json.value() + "}");
            case 6 -> tool("announce", "{\"what\":\"tools\"}");
            default -> tool("echo", "{\"message\":\"m\",\"more\":" + json.value() + "}");
        };
    }

    private String tool(String name, String arguments) {
        return request("tools/call", "\"name\":\"%s\",\"arguments\":%s".formatted(name, arguments));
    }

    private String request(String method, String params) {
        String id = json.oneIn(8) ? usedId() : newId();
        String meta =
                random.nextBoolean()
                        ? McpPeer.meta("{\"elicitation\":{}}")
                        : "\"_meta\":{\"progressToken\":" + id + "}";
        return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"%s\",\"params\":{%s,%s}}"
                .formatted(id, method, meta, params);
    }

    private static String notification(String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":{%s}}".formatted(method, params);
    }

    private String newId() {
        return "\"" + prefix + ++lastId + "\"";
    }

    private String usedId() {
        return "\"" + prefix + random.nextInt(lastId + 1) + "\"";
    }
}
