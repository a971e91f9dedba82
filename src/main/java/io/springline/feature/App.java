package io.springline.feature;

import io.springline.feature.result.ResourceResult;
import io.springline.mcp.McpExtensions;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The user interface of a tool (MCP Apps): an HTML page that a host shows in a sandboxed frame.
 *
 * <pre>{@code
 * App chart = App.of("ui://sales/chart.html", "Chart", html).connectsTo("https://api.example.com");
 * Resource resource = chart.resource();
 * Tool tool = Tool.named("chart").app(chart.uri()).handler(…);
 * }</pre>
 *
 * @param uri starts with {@code ui://}
 * @param name for people
 * @param html the page. It may load and connect to nothing but what is declared here
 * @param connectDomains origins that its scripts may connect to, for example {@code
 *     https://api.example.com}
 * @param resourceDomains origins of its scripts, styles, images and fonts
 * @see <a href="https://modelcontextprotocol.io/extensions/apps/overview">MCP Apps</a>
 */
public record App(
        String uri,
        String name,
        String html,
        List<String> connectDomains,
        List<String> resourceDomains) {

    public App {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(html, "html");
        connectDomains = List.copyOf(connectDomains);
        resourceDomains = List.copyOf(resourceDomains);
        if (!uri.startsWith(McpExtensions.APP_SCHEME)) {
            throw new IllegalArgumentException(
                    "the URI of an app must start with " + McpExtensions.APP_SCHEME);
        }
    }

    public static App of(String uri, String name, String html) {
        return new App(uri, name, html, List.of(), List.of());
    }

    /** Returns the app with origins that its scripts may connect to. */
    public App connectsTo(String... origins) {
        return new App(uri, name, html, List.of(origins), resourceDomains);
    }

    /** Returns the app with origins of its scripts, styles, images and fonts. */
    public App loadsFrom(String... origins) {
        return new App(uri, name, html, connectDomains, List.of(origins));
    }

    /** Returns the resource under which hosts read the page. */
    public Resource resource() {
        ObjectNode definition =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("uri", uri)
                        .put("name", name)
                        .put("mimeType", McpExtensions.APP_MIME_TYPE);
        return new Resource(definition, (_, _, _) -> contents());
    }

    private ResourceResult contents() {
        ObjectNode page = JsonNodeFactory.instance.objectNode();
        page.put("uri", uri).put("mimeType", McpExtensions.APP_MIME_TYPE).put("text", html);
        ObjectNode policy =
                page.putObject("_meta").putObject(McpExtensions.APP_META).putObject("csp");
        connectDomains.forEach(policy.putArray("connectDomains")::add);
        resourceDomains.forEach(policy.putArray("resourceDomains")::add);
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.putArray("contents").add(page);
        return new ResourceResult(result);
    }
}
