package io.springline.mcp;

import tools.jackson.databind.JsonNode;

/**
 * The identifiers of MCP extensions, as in the {@code extensions} of capabilities, and the keys and
 * values of MCP Apps.
 *
 * @see <a href="https://modelcontextprotocol.io/extensions/overview">Extensions</a>
 */
public final class McpExtensions {

    /** MCP Apps: tools with a user interface. */
    public static final String APPS = "io.modelcontextprotocol/ui";

    public static final String SKILLS = "io.modelcontextprotocol/skills";

    /** The MIME type of an app, in resources and in the settings of {@link #APPS}. */
    public static final String APP_MIME_TYPE = "text/html;profile=mcp-app";

    /** How the URIs of apps begin. */
    public static final String APP_SCHEME = "ui://";

    /** The key of an app's settings in {@code _meta} of a tool, a resource or its contents. */
    public static final String APP_META = "ui";

    /** The member of {@link #APP_META} with the URI of a tool's app. */
    public static final String APP_URI = "resourceUri";

    /** The older key in {@code _meta} of a tool, for {@link #APP_URI}. */
    public static final String OLD_APP_URI = "ui/resourceUri";

    private McpExtensions() {}

    /** Returns true if the {@code _meta} of a tool says that apps may not call it. */
    public static boolean isForModelsOnly(JsonNode meta) {
        JsonNode visibility = meta.path(APP_META).path("visibility");
        return visibility.isArray()
                && visibility.valueStream().noneMatch(each -> each.asString("").equals("app"));
    }

    /** Returns the URI of the app that {@code _meta} names; empty if it names none. */
    public static String appUri(JsonNode meta) {
        String uri = meta.path(APP_META).path(APP_URI).asString("");
        return uri.isEmpty() ? meta.path(OLD_APP_URI).asString("") : uri;
    }
}
