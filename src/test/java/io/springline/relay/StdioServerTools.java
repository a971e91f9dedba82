package io.springline.relay;

import static io.springline.relay.StdioServer.JSON;
import static io.springline.relay.StdioServer.read;

import io.springline.relay.StdioServer.Refused;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The tools of {@link StdioServer}, most of them troublesome. */
final class StdioServerTools {

    private final StdioServer server;
    private final List<String> names =
            new CopyOnWriteArrayList<>(
                    List.of(
                            "echo",
                            "increment",
                            "count_up",
                            "sleep",
                            "cancelled",
                            "crash",
                            "crash_once",
                            "crash_once_writing",
                            "huge",
                            "garbage",
                            "endless",
                            "silent",
                            "ask",
                            "sample",
                            "roots",
                            "log",
                            "add_tool",
                            "fork",
                            "touch",
                            "deaf",
                            "chatter"));
    private final List<JsonNode> cancelled = new CopyOnWriteArrayList<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger added = new AtomicInteger();

    StdioServerTools(StdioServer server) {
        this.server = server;
    }

    void noteCancelled(JsonNode id) {
        cancelled.add(id);
    }

    ObjectNode list() {
        ObjectNode result = JSON.createObjectNode();
        ArrayNode tools = result.putArray("tools");
        for (String name : names) {
            ObjectNode tool = tools.addObject().put("name", name).put("x-unknown", 1);
            tool.put("description", "Tool " + name);
            tool.set("inputSchema", schema(name));
            tool.putObject("annotations")
                    .put("readOnlyHint", name.equals("echo") || name.equals("crash_once"));
        }
        return result;
    }

    private static ObjectNode schema(String name) {
        return switch (name) {
            case "echo" ->
                    read(
                            "{'type':'object','properties':{'message':{'type':'string'}},"
                                    + "'required':['message']}");
            case "count_up" ->
                    read(
                            "{'type':'object','properties':{'steps':{'type':'integer'},"
                                    + "'ms':{'type':'integer'}}}");
            case "sleep" -> read("{'type':'object','properties':{'ms':{'type':'integer'}}}");
            case "huge" -> read("{'type':'object','properties':{'bytes':{'type':'integer'}}}");
            default -> read("{'type':'object'}");
        };
    }

    /** Null for a call that is not answered. */
    ObjectNode call(JsonNode id, JsonNode params) throws InterruptedException {
        String name = params.path("name").asString();
        JsonNode arguments = params.path("arguments");
        if (!names.contains(name)) {
            throw new Refused(-32602, "Unknown tool: " + name);
        }
        return switch (name) {
            case "echo" -> text("Echo: " + arguments.path("message").asString());
            case "increment" -> text(Integer.toString(count.incrementAndGet()));
            case "count_up" -> countUp(arguments, params.path("_meta").get("progressToken"));
            case "sleep" -> {
                Thread.sleep(arguments.path("ms").asLong(0));
                yield text("slept");
            }
            case "cancelled" -> text(cancelled.toString());
            case "crash_once", "crash_once_writing" -> {
                Path flag = Path.of(arguments.path("flag").asString());
                if (flag.toFile().delete()) {
                    Runtime.getRuntime().halt(4);
                }
                yield text("alive");
            }
            case "crash" -> {
                Runtime.getRuntime().halt(3);
                yield null;
            }
            case "huge" -> text("x".repeat(arguments.path("bytes").asInt()));
            case "garbage" -> {
                server.print("this is not JSON\n\n[1, {\"jsonrpc\":\"2.0\"}]\n");
                yield text("after the garbage");
            }
            case "endless" -> {
                while (true) {
                    server.print("x".repeat(100_000));
                }
            }
            case "silent" -> null;
            case "ask" ->
                    ask(
                            params,
                            "elicitation/create",
                            read(
                                    "{'mode':'form','message':'Name?',"
                                            + "'requestedSchema':{'type':'object','properties':{'name':"
                                            + "{'type':'string'}},'required':['name']}}"));
            case "sample" ->
                    ask(
                            params,
                            "sampling/createMessage",
                            read(
                                    "{'maxTokens':10,'messages':"
                                            + "[{'role':'user','content':{'type':'text','text':'Hi'}}]}"));
            case "roots" -> ask(params, "roots/list", JSON.createObjectNode());
            case "log" -> {
                server.send(
                        "notifications/message",
                        read("{'level':'info','logger':'test','data':{'x-unknown':1}}"));
                yield text("logged");
            }
            case "add_tool" -> {
                String added = "added_" + this.added.incrementAndGet();
                names.add(added);
                server.changed("notifications/tools/list_changed", JSON.createObjectNode());
                yield text(added);
            }
            case "touch" -> {
                server.changed("notifications/resources/updated", read("{'uri':'test://note'}"));
                yield text("touched");
            }
            case "fork" -> text(Long.toString(fork()));
            case "deaf" -> {
                server.goDeaf();
                yield text("deaf from now on");
            }
            case "chatter" -> {
                for (int i = 0; i < arguments.path("lines").asInt(500); i++) {
                    System.err.println(i + " " + "e".repeat(2_000));
                }
                yield text("chattered");
            }
            default -> text("This is " + name);
        };
    }

    private ObjectNode countUp(JsonNode arguments, JsonNode token) throws InterruptedException {
        int steps = arguments.path("steps").asInt(3);
        for (int i = 1; i <= steps; i++) {
            if (token != null) {
                ObjectNode progress = JSON.createObjectNode().put("progress", i);
                progress.put("total", steps).set("progressToken", token);
                server.send("notifications/progress", progress);
            }
            Thread.sleep(arguments.path("ms").asLong(0));
        }
        return text("counted to " + steps);
    }

    private ObjectNode ask(JsonNode params, String method, ObjectNode question)
            throws InterruptedException {
        if (!server.isModern()) {
            return text(server.ask(method, question).toString());
        }
        JsonNode answers = params.get("inputResponses");
        if (answers == null) {
            ObjectNode result = JSON.createObjectNode().put("resultType", "input_required");
            ObjectNode input = result.putObject("inputRequests").putObject("input");
            input.put("method", method).set("params", question);
            return result.put("requestState", "state-of-" + method);
        }
        if (!params.path("requestState").asString().equals("state-of-" + method)) {
            throw new Refused(-32602, "requestState is not what was sent");
        }
        return text(answers.path("input").toString());
    }

    private static long fork() {
        try {
            return new ProcessBuilder("sleep", "1000")
                    .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start()
                    .pid();
        } catch (IOException e) {
            throw new Refused(-32603, String.valueOf(e.getMessage()));
        }
    }

    private static ObjectNode text(String text) {
        ObjectNode result = JSON.createObjectNode();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        return result;
    }
}
