package io.springline.dispatch;

import io.springline.dispatch.call.Call;
import io.springline.feature.endpoint.Tools;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.McpExtensions;
import io.springline.mcp.McpMethod;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Finds the tool that a call means by the name that it has at its upstream.
 *
 * <p>The code of an app calls the tools of its server by the names that they have there, while this
 * endpoint may offer them with the name of their upstream in front.
 */
final class ToolNames {

    private final Tools tools;
    private final AuthorizationGuard access;

    ToolNames(Tools tools, AuthorizationGuard access) {
        this.tools = tools;
        this.access = access;
    }

    /**
     * Returns the call with the name that its tool has at this endpoint. A call of an unknown tool
     * is returned as it is.
     *
     * @throws JsonRpcException if several tools that the caller may use have the name, and {@code
     *     _meta} does not say whose app calls
     */
    Call resolve(Call call) {
        String name = call.params().path("name").asString("");
        String session = call.session().connection().id();
        if (call.method() != McpMethod.TOOLS_CALL || tools.find(name, session) != null) {
            return call;
        }
        @Nullable Predicate<String> visible = access.visible(call);
        List<String> candidates =
                tools.namedAtUpstream(name, session).stream()
                        .filter(each -> visible == null || visible.test(each))
                        .toList();
        if (candidates.size() > 1) {
            String alias = server(McpExtensions.appUri(call.meta())) + "_" + name;
            List<String> own =
                    candidates.stream()
                            .filter(each -> tools.namesOf(each, session).contains(alias))
                            .toList();
            candidates = own.isEmpty() ? candidates : own;
        }
        return switch (candidates.size()) {
            case 0 -> call;
            case 1 -> renamed(call, candidates.getFirst());
            default -> throw ambiguous(name, candidates);
        };
    }

    private static String server(String appUri) {
        return appUri.startsWith(McpExtensions.APP_SCHEME)
                ? appUri.substring(McpExtensions.APP_SCHEME.length()).split("/", 2)[0]
                : "";
    }

    private static Call renamed(Call call, String name) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.setAll(call.params());
        params.put("name", name);
        return call.withParams(params);
    }

    private static JsonRpcException ambiguous(String name, List<String> candidates) {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        candidates.forEach(data.putArray("candidates")::add);
        return ErrorCode.INVALID_PARAMS.exception(
                "Several servers have a tool '%s': call one of %s"
                        .formatted(name, String.join(", ", candidates)),
                data);
    }
}
