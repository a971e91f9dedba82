package io.springline.feature.endpoint;

import io.springline.mcp.McpExtensions;
import io.springline.mcp.Topic;
import io.springline.session.Backplane;
import io.springline.session.limit.EndpointConnections;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** All features of one endpoint. */
public record Features(
        Tools tools,
        Resources resources,
        Prompts prompts,
        Completions completions,
        Extensions extensions,
        Instructions instructions,
        EndpointRoles roles,
        EndpointConnections connections,
        Preparations preparations) {

    public Features {
        Objects.requireNonNull(tools, "tools");
        Objects.requireNonNull(resources, "resources");
        Objects.requireNonNull(prompts, "prompts");
        Objects.requireNonNull(completions, "completions");
        Objects.requireNonNull(extensions, "extensions");
        Objects.requireNonNull(instructions, "instructions");
        Objects.requireNonNull(roles, "roles");
        Objects.requireNonNull(connections, "connections");
        Objects.requireNonNull(preparations, "preparations");
    }

    /**
     * Adds a session to a group: it sees what is offered to the group, unless something is offered
     * to the session itself.
     *
     * @param onSessionEnd receives what to run when the session ends
     */
    public void joinGroup(String session, String group, Consumer<Runnable> onSessionEnd) {
        if (tools.join(session, group)) {
            resources.join(session, group);
            prompts.join(session, group);
            onSessionEnd.accept(() -> {
                tools.leave(session);
                resources.leave(session);
                prompts.leave(session);
            });
        }
    }

    /**
     * Sets which URIs are those of apps of other servers. Such an app may neither call the tools
     * nor read the resources of this server.
     */
    public void foreignApps(Predicate<String> foreign) {
        tools.foreignApps(foreign);
        resources.foreignApps(foreign);
    }

    /**
     * Returns an endpoint without features.
     *
     * @param endpoint the endpoint's name; its clients get the change notifications
     * @param pageSize entries per page of a list, at least 1
     * @param instructions how to use this server, for the client's model; null for none
     * @param interceptor sees every tool call
     */
    public static Features empty(
            String endpoint,
            Backplane backplane,
            int pageSize,
            @Nullable String instructions,
            ToolCallInterceptor interceptor) {
        var announcer =
                new ChangeAnnouncer() {

                    @Override
                    public void everywhere(Topic topic) {
                        backplane.publish(endpoint, topic);
                    }

                    @Override
                    public void here(Topic topic) {
                        backplane.publishHere(endpoint, topic);
                    }
                };
        var resources = new Resources(announcer, pageSize);
        var prompts = new Prompts(announcer, pageSize);
        var tools = new Tools(endpoint, announcer, pageSize, interceptor);
        var extensions = new Extensions();
        extensions.add(_ -> ownExtensions(tools));
        return new Features(
                tools,
                resources,
                prompts,
                new Completions(prompts, resources),
                extensions,
                new Instructions(instructions),
                new EndpointRoles(),
                new EndpointConnections(),
                new Preparations());
    }

    private static ObjectNode ownExtensions(Tools tools) {
        ObjectNode own = JsonNodeFactory.instance.objectNode();
        if (tools.hasOwnApp()) {
            own.putObject(McpExtensions.APPS);
        }
        return own;
    }
}
