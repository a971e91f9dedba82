package io.springline.relay;

import io.springline.relay.TestHttpUpstream.Asked;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** An upstream with MCP Apps, over HTTP, of one revision. Remembers the requests. */
final class AppServer implements TestHttpUpstream.Script {

    static final String APPS = "io.modelcontextprotocol/ui";
    static final String MIME = "text/html;profile=mcp-app";
    static final String VIEW = "ui://chart/view.html";

    /** In the {@code _meta} of the tool: what no schema knows, with a number as it was written. */
    static final String UNKNOWN = "\"com.example/x\":{\"n\":1.50,\"a\":[null,\"ä\"]}";

    private final String name;
    private final boolean modern;
    private final List<JsonNode> requests = new CopyOnWriteArrayList<>();
    private volatile String tools;
    private volatile String extensions = "{\"" + APPS + "\":{}}";

    AppServer(String name, boolean modern) {
        this.name = name;
        this.modern = modern;
        this.tools = tool("chart") + "," + tool("only_" + name);
    }

    static String tool(String name) {
        return """
        {"name":"%s","inputSchema":{"type":"object"},"_meta":{%s,\
        "ui":{"resourceUri":"%s","visibility":["model","app"]},"ui/resourceUri":"%s"}}\
        """
                .formatted(name, UNKNOWN, VIEW, VIEW);
    }

    AppServer tools(String... names) {
        tools = String.join(",", Stream.of(names).map(AppServer::tool).toList());
        return this;
    }

    AppServer extensions(String json) {
        extensions = json;
        return this;
    }

    /** The params of all requests of this method, oldest first. */
    List<JsonNode> asked(String method) {
        return requests.stream()
                .filter(each -> each.path("method").asString().equals(method))
                .map(each -> each.path("params"))
                .toList();
    }

    @Override
    public void answer(Asked asked) throws Exception {
        if (!asked.verb().equals("POST")) {
            asked.status(405);
            return;
        }
        requests.add(asked.body());
        if (!asked.body().has("id")) {
            asked.status(202);
            return;
        }
        String result = result(asked.method(), asked.body().path("params"));
        if (result == null) {
            asked.json(
                    200,
                    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32601,\"message\":\"no\"}}"
                            .formatted(asked.body().get("id")));
        } else {
            asked.result(modern ? "{\"resultType\":\"complete\"," + result.substring(1) : result);
        }
    }

    private String result(String method, JsonNode params) {
        String capabilities =
                "\"capabilities\":{\"tools\":{},\"resources\":{\"subscribe\":true},\"extensions\":%s}"
                        .formatted(extensions);
        return switch (method) {
            case "server/discover" ->
                    modern
                            ? "{\"supportedVersions\":[\"2026-07-28\"],\"_meta\":{\"io.modelcontextprotocol/serverInfo\":{\"name\":\"apps\",\"version\":\"1\"}},"
                                    + capabilities
                                    + "}"
                            : null;
            case "initialize" ->
                    modern
                            ? null
                            : "{\"protocolVersion\":\"2025-11-25\",\"serverInfo\":{\"name\":\"apps\",\"version\":\"1\"},"
                                    + capabilities
                                    + "}";
            case "ping", "resources/subscribe", "resources/unsubscribe" -> "{}";
            case "tools/list" -> "{\"tools\":[%s]}".formatted(tools);
            case "resources/list" ->
                    "{\"resources\":[{\"uri\":\"ui://listed/%s\",\"name\":\"listed\"}]}"
                            .formatted(name);
            case "resources/templates/list" ->
                    "{\"resourceTemplates\":[{\"uriTemplate\":\"ui://chart/{id}\",\"name\":\"charts\"}]}";
            case "resources/read" -> contents(params.path("uri").asString());
            case "tools/call" -> called(params.path("name").asString());
            default -> null;
        };
    }

    private String contents(String uri) {
        if (!uri.startsWith("ui://chart/")) {
            return "{\"contents\":[]}";
        }
        String content = uri.endsWith(".bin") ? "\"blob\":\"PGI+\"" : "\"text\":\"<b>%s</b>\"";
        return """
        {"contents":[{"uri":"%s","mimeType":"%s",%s,"_meta":{"ui":{"csp":{"connectDomains":\
        ["https://api.example.com"]},"domain":"%s.example.com","prefersBorder":true}}}]}\
        """
                .formatted(uri, MIME, content.formatted(name), name);
    }

    private String called(String tool) {
        return """
        {"content":[{"type":"text","text":"%s of %s"},\
        {"type":"resource_link","uri":"%s","name":"view"},\
        {"type":"resource","resource":{"uri":"%s","mimeType":"%s","text":"<b></b>"}}],\
        "structuredContent":{"uri":"%s","n":1.50},\
        "_meta":{%s,"ui":{"resourceUri":"%s"}}}\
        """
                .formatted(tool, name, VIEW, VIEW, MIME, VIEW, UNKNOWN, VIEW);
    }
}
