package io.springline.relay;

import io.springline.relay.config.StdioCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * An MCP server of our own on standard streams, for tests. Legacy unless told {@code --modern};
 * {@code --exit-on-discover} leaves at that first message, as some legacy servers do. Each request
 * has a thread of its own. Results carry members that no schema knows.
 */
public final class StdioServer {

    static final String MCP = "io.modelcontextprotocol/";
    public static final JsonMapper JSON = JsonMapper.shared();

    /** A request ends with a JSON-RPC error. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final int code;

        Refused(int code, String message) {
            super(message);
            this.code = code;
        }
    }

    private final boolean modern;
    private final boolean exitOnDiscover;
    private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    private final Map<JsonNode, Thread> running = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final Set<String> subscribed = ConcurrentHashMap.newKeySet();
    private final Map<JsonNode, JsonNode> listens = new ConcurrentHashMap<>();
    private final StdioServerTools tools;
    private volatile boolean deaf;

    private StdioServer(boolean modern, boolean exitOnDiscover) {
        this.modern = modern;
        this.exitOnDiscover = exitOnDiscover;
        this.tools = new StdioServerTools(this);
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        List<String> flags = Arrays.asList(args);
        new StdioServer(flags.contains("--modern"), flags.contains("--exit-on-discover")).serve();
    }

    /** How to start it, from a test. */
    public static StdioCommand command(String... flags) {
        var words = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        words.addAll(List.of("-Xshare:auto", "-cp", classPath(), StdioServer.class.getName()));
        words.addAll(List.of(flags));
        return new StdioCommand(java(), words, Map.of(), null);
    }

    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    static String classPath() {
        return System.getProperty(
                "surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private void serve() throws IOException, InterruptedException {
        System.err.println("ready");
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (deaf) {
                Thread.sleep(Long.MAX_VALUE);
            }
            JsonNode message = JSON.readTree(line);
            JsonNode id = message.get("id");
            if (!message.has("method")) {
                CompletableFuture<JsonNode> answer = asked.remove(id.asString());
                if (answer != null) {
                    answer.complete(message);
                }
            } else if (id == null) {
                notified(message.get("method").stringValue(), message.path("params"));
            } else {
                // a cancellation that is read next must find its request
                Thread thread = Thread.ofVirtual().unstarted(() -> answer(id, message));
                running.put(id, thread);
                thread.start();
            }
        }
    }

    private void notified(String method, JsonNode params) {
        if (method.equals("notifications/cancelled")) {
            JsonNode id = params.get("requestId");
            tools.noteCancelled(id);
            listens.remove(id);
            Thread thread = running.get(id);
            if (thread != null) {
                thread.interrupt();
            }
        }
    }

    private void answer(JsonNode id, JsonNode request) {
        var response = JSON.createObjectNode().put("jsonrpc", "2.0");
        response.set("id", id);
        try {
            String method = request.get("method").stringValue();
            ObjectNode result = result(method, id, request.path("params"));
            if (result == null) {
                return;
            }
            response.set("result", result);
        } catch (Refused e) {
            response.putObject("error").put("code", e.code).put("message", e.getMessage());
        } catch (InterruptedException e) {
            return;
        } finally {
            running.remove(id);
        }
        write(response);
    }

    /** Null for a request that is not answered now. */
    private ObjectNode result(String method, JsonNode id, JsonNode params)
            throws InterruptedException {
        if (modern && !params.path("_meta").has(MCP + "protocolVersion") && !legacy(method)) {
            throw new Refused(-32602, "_meta without a protocol version");
        }
        ObjectNode result =
                switch (method) {
                    case "server/discover" -> discover();
                    case "initialize" -> initialize(params);
                    case "ping", "logging/setLevel" -> legacyOnly(method);
                    case "tools/list" -> tools.list();
                    case "tools/call" -> tools.call(id, params);
                    case "prompts/list" ->
                            read(
                                    "{'prompts':[{'name':'greet','x-unknown':1,"
                                            + "'arguments':[{'name':'name','required':true}]}]}");
                    case "prompts/get" -> prompt(params);
                    case "resources/list" ->
                            read(
                                    "{'resources':[{'uri':'test://note',"
                                            + "'name':'note','mimeType':'text/plain','x-unknown':1}]}");
                    case "resources/templates/list" ->
                            read(
                                    "{'resourceTemplates':[{'uriTemplate':"
                                            + "'test://item/{id}','name':'item','x-unknown':1}]}");
                    case "resources/read" -> resource(params.path("uri").asString());
                    case "resources/subscribe" -> {
                        subscribed.add(params.path("uri").asString());
                        yield legacyOnly(method);
                    }
                    case "resources/unsubscribe" -> {
                        subscribed.remove(params.path("uri").asString());
                        yield legacyOnly(method);
                    }
                    case "completion/complete" ->
                            read(
                                    "{'completion':{'values':['"
                                            + params.path("argument").path("value").asString()
                                            + "-completed'],'total':1,'hasMore':false}}");
                    case "subscriptions/listen" -> listen(id, params);
                    default -> throw new Refused(-32601, "Method not found: " + method);
                };
        if (result == null || result.isEmpty()) {
            return result;
        }
        return dressed(method, result);
    }

    private static boolean legacy(String method) {
        return method.equals("initialize") || method.equals("ping");
    }

    private ObjectNode dressed(String method, ObjectNode result) {
        if (!method.equals("initialize") && !method.equals("server/discover")) {
            result.putObject("x-unknown").put("decimal", new BigDecimal("1.10")).put("kept", true);
        }
        result.withObject("_meta").put("example.com/from", "upstream");
        if (modern) {
            result.withObject("_meta").set(MCP + "serverInfo", serverInfo());
            if (!result.has("resultType")) {
                result.put("resultType", "complete");
            }
            if (method.endsWith("/list")
                    || method.endsWith("/read")
                    || method.equals("server/discover")) {
                result.put("ttlMs", 1000).put("cacheScope", "private");
            }
        }
        return result;
    }

    private ObjectNode discover() {
        if (exitOnDiscover) {
            System.exit(1);
        }
        if (!modern) {
            throw new Refused(-32601, "Method not found: server/discover");
        }
        ObjectNode result = read("{'supportedVersions':['2026-07-28'],'instructions':'Be kind.'}");
        result.set("capabilities", capabilities());
        return result;
    }

    private ObjectNode initialize(JsonNode params) {
        if (modern) {
            throw new Refused(-32601, "Method not found: initialize");
        }
        ObjectNode result = JSON.createObjectNode();
        result.put("protocolVersion", params.path("protocolVersion").asString("2025-11-25"));
        result.put("instructions", "Be kind.");
        result.set("capabilities", capabilities());
        result.set("serverInfo", serverInfo());
        return result;
    }

    private ObjectNode legacyOnly(String method) {
        if (modern) {
            throw new Refused(-32601, "Method not found: " + method);
        }
        return JSON.createObjectNode();
    }

    private ObjectNode capabilities() {
        return read(
                "{'tools':{'listChanged':true},'prompts':{},'completions':{},'logging':{},"
                        + "'resources':{'subscribe':true}}");
    }

    private static ObjectNode serverInfo() {
        return read("{'name':'stdio-test-server','version':'1.0'}");
    }

    private static ObjectNode prompt(JsonNode params) {
        if (!params.path("name").asString().equals("greet")) {
            throw new Refused(-32602, "Unknown prompt");
        }
        return read(
                "{'description':'A greeting','messages':[{'role':'user','content':"
                        + "{'type':'text','text':'Hello, "
                        + params.path("arguments").path("name").asString()
                        + "!'}}]}");
    }

    private ObjectNode resource(String uri) {
        if (!uri.equals("test://note") && !uri.startsWith("test://item/")) {
            throw new Refused(modern ? -32602 : -32002, "Resource not found");
        }
        return read(
                "{'contents':[{'uri':'"
                        + uri
                        + "','mimeType':'text/plain','text':'about "
                        + uri
                        + "','x-unknown':1}]}");
    }

    private ObjectNode listen(JsonNode id, JsonNode params) {
        if (!modern) {
            throw new Refused(-32601, "Method not found: subscriptions/listen");
        }
        var acknowledged = JSON.createObjectNode();
        acknowledged.putObject("_meta").set(MCP + "subscriptionId", id);
        acknowledged.set("notifications", params.path("notifications"));
        send("notifications/subscriptions/acknowledged", acknowledged);
        listens.put(id, params.path("notifications"));
        return null;
    }

    /** Tells of a change those who asked to hear of it, as the era has it. */
    void changed(String method, ObjectNode params) {
        String uri = params.path("uri").asString("");
        if (!modern) {
            if (uri.isEmpty() || subscribed.contains(uri)) {
                send(method, params);
            }
            return;
        }
        listens.forEach((id, filter) -> {
            boolean wanted =
                    uri.isEmpty()
                            ? filter.path("toolsListChanged").asBoolean(false)
                            : filter.path("resourceSubscriptions").toString().contains(uri);
            if (wanted) {
                ObjectNode tagged = params.deepCopy();
                tagged.withObject("_meta").set(MCP + "subscriptionId", id);
                send(method, tagged);
            }
        });
    }

    /** Reads no more. */
    void goDeaf() {
        deaf = true;
    }

    boolean isModern() {
        return modern;
    }

    void send(String method, ObjectNode params) {
        ObjectNode message = JSON.createObjectNode().put("jsonrpc", "2.0").put("method", method);
        message.set("params", params);
        write(message);
    }

    /** Sends a request of our own and waits for its answer, the whole message. */
    JsonNode ask(String method, JsonNode params) throws InterruptedException {
        String id = "srv-" + ids.incrementAndGet();
        var answer = new CompletableFuture<JsonNode>();
        asked.put(id, answer);
        ObjectNode message = JSON.createObjectNode().put("jsonrpc", "2.0").put("id", id);
        message.put("method", method).set("params", params);
        write(message);
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void write(ObjectNode message) {
        print(JSON.writeValueAsString(message) + "\n");
    }

    /** Writes as it is. */
    void print(String text) {
        synchronized (out) {
            out.print(text);
            out.flush();
        }
    }

    /** JSON with single quotes. */
    public static ObjectNode read(String text) {
        return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
    }
}
