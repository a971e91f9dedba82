package io.springline.relay.catalogue;

import io.springline.mcp.McpExtensions;
import io.springline.mcp.MetaKeys;
import io.springline.relay.client.CatalogueList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * The URIs of one upstream's resources at one endpoint.
 *
 * <p>URIs of apps and skills are names within their server: two upstreams may use the same. Where
 * several upstreams are served together, the upstream is therefore the first segment: {@code
 * ui://chart/view} of {@code sales} becomes {@code ui://sales/chart/view}. All other URIs, and all
 * URIs at the endpoint of one upstream, are not changed. Inputs are never modified.
 */
public record RelayedUris(String upstream, boolean together) {

    private static final List<String> SCHEMES = List.of(McpExtensions.APP_SCHEME, "skill://");

    /** Returns the URIs where the upstream is served together with others. */
    public static RelayedUris together(String upstream) {
        return new RelayedUris(upstream, true);
    }

    /** Returns true if the URI has meaning only together with the name of its upstream. */
    public static boolean isLocalToServer(String uri) {
        return SCHEMES.stream().anyMatch(uri::startsWith);
    }

    /** Returns the client's form of the upstream's URI or URI template. */
    public String outward(String uri) {
        return together ? inserted(uri) : uri;
    }

    /** Returns the upstream's form of the client's URI; null if it is a URI of another upstream. */
    public @Nullable String inward(String uri) {
        if (!together) {
            return uri;
        }
        for (String scheme : SCHEMES) {
            if (uri.startsWith(scheme)) {
                String start = scheme + upstream + "/";
                return uri.startsWith(start) ? scheme + uri.substring(start.length()) : null;
            }
        }
        return uri;
    }

    /**
     * Returns the URI at the other kind of endpoint too, for access rules; empty if it is equal.
     */
    public List<String> aliases(String uri) {
        if (!isLocalToServer(uri)) {
            return List.of();
        }
        String own = inward(uri);
        return own == null ? List.of() : List.of(together ? own : inserted(uri));
    }

    private String inserted(String uri) {
        for (String scheme : SCHEMES) {
            if (uri.startsWith(scheme)) {
                return scheme + upstream + "/" + uri.substring(scheme.length());
            }
        }
        return uri;
    }

    /** Returns an entry of a list with the client's forms. */
    public ObjectNode entry(CatalogueList list, ObjectNode entry) {
        if (!together) {
            return entry;
        }
        return list.isNamed() ? meta(entry) : outward(entry, list.key());
    }

    /** Returns a result of a tool with the client's forms. */
    public ObjectNode toolResult(ObjectNode result) {
        return together ? meta(each(result, "content", this::block)) : result;
    }

    /** Returns a result of a prompt with the client's forms. */
    public ObjectNode promptResult(ObjectNode result) {
        return together
                ? each(
                        result,
                        "messages",
                        message ->
                                message.path("content") instanceof ObjectNode content
                                        ? with(message, "content", block(content))
                                        : message)
                : result;
    }

    /** Returns a result of {@code resources/read} with the client's forms. */
    public ObjectNode readResult(ObjectNode result) {
        return together ? each(result, "contents", one -> outward(one, "uri")) : result;
    }

    /**
     * Returns a result of an extension with the client's forms in all members named {@code uri},
     * except in {@code _meta} and in what authors have written ({@code frontmatter}).
     */
    public ObjectNode everywhere(ObjectNode result) {
        if (!together) {
            return result;
        }
        ObjectNode changed = JsonNodeFactory.instance.objectNode();
        result.forEachEntry((name, value) -> changed.set(name, everywhere(name, value)));
        return changed;
    }

    private JsonNode everywhere(String name, JsonNode value) {
        return switch (value) {
            case JsonNode _ when name.equals(MetaKeys.META) || name.equals("frontmatter") -> value;
            case ObjectNode object -> everywhere(object);
            case ArrayNode array -> {
                ArrayNode changed = JsonNodeFactory.instance.arrayNode(array.size());
                array.forEach(each -> changed.add(everywhere("", each)));
                yield changed;
            }
            case StringNode uri when name.equals("uri") ->
                    JsonNodeFactory.instance.stringNode(outward(uri.stringValue()));
            default -> value;
        };
    }

    private ObjectNode block(ObjectNode block) {
        return switch (block.path("type").asString("")) {
            case "resource_link" -> outward(block, "uri");
            case "resource" ->
                    block.path("resource") instanceof ObjectNode resource
                            ? with(block, "resource", outward(resource, "uri"))
                            : block;
            default -> block;
        };
    }

    /** Replaces the URI of an app in {@code _meta}, at its newer and its older place. */
    private ObjectNode meta(ObjectNode owner) {
        if (!(owner.path(MetaKeys.META) instanceof ObjectNode meta)) {
            return owner;
        }
        ObjectNode changed = outward(meta, McpExtensions.OLD_APP_URI);
        if (changed.path(McpExtensions.APP_META) instanceof ObjectNode app) {
            changed = with(changed, McpExtensions.APP_META, outward(app, McpExtensions.APP_URI));
        }
        return with(owner, MetaKeys.META, changed);
    }

    private static ObjectNode each(
            ObjectNode owner, String member, UnaryOperator<ObjectNode> change) {
        if (!(owner.path(member) instanceof ArrayNode array)) {
            return owner;
        }
        ArrayNode changed = JsonNodeFactory.instance.arrayNode(array.size());
        array.forEach(
                one -> changed.add(one instanceof ObjectNode object ? change.apply(object) : one));
        return with(owner, member, changed);
    }

    private ObjectNode outward(ObjectNode owner, String member) {
        JsonNode uri = owner.path(member);
        return uri.isString() && isLocalToServer(uri.stringValue())
                ? with(
                        owner,
                        member,
                        JsonNodeFactory.instance.stringNode(outward(uri.stringValue())))
                : owner;
    }

    /** Returns a shallow copy with another value of a member, at the same place. */
    private static ObjectNode with(ObjectNode owner, String member, JsonNode value) {
        if (owner.path(member) == value) {
            return owner;
        }
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        copy.setAll(owner);
        copy.set(member, value);
        return copy;
    }
}
