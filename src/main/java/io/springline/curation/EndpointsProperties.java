package io.springline.curation;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Curated endpoints.
 *
 * @param endpoints endpoints by name, each with a choice of tools, prompts and resources. {@code
 *     <path>/<name>} serves it. docs/endpoints.md describes the rules
 */
@ConfigurationProperties(prefix = "springline")
public record EndpointsProperties(@DefaultValue Map<String, Endpoint> endpoints) {

    public EndpointsProperties {
        endpoints = Map.copyOf(endpoints);
    }

    /**
     * One curated endpoint.
     *
     * @param upstreams names of the upstreams whose features it offers; {@code local} stands for
     *     the features of this service. Empty means all
     * @param tools rules for tools
     * @param prompts rules for prompts
     * @param resources rules for resources and resource templates
     * @param instructions how to use this endpoint, for the client's model. If it is not set, the
     *     instructions of the upstreams are joined
     * @param roles roles or scopes of which a client needs at least one. Empty means that all
     *     clients may connect
     * @param maxConnections maximum number of WebSocket connections and HTTP sessions together, on
     *     each replica. If it is not set, only the limits of the service apply
     */
    public record Endpoint(
            @DefaultValue List<String> upstreams,
            @DefaultValue Rules tools,
            @DefaultValue Rules prompts,
            @DefaultValue Rules resources,
            @Nullable String instructions,
            @DefaultValue Set<String> roles,
            @Nullable Integer maxConnections) {

        public Endpoint {
            upstreams = List.copyOf(upstreams);
            roles = Set.copyOf(roles);
        }
    }

    /**
     * Rules for the features of one kind. A feature has these names: its own, its own with the
     * upstream's name in front ({@code docs_search}), and the new one if it is renamed.
     *
     * @param include patterns of what is offered. Empty means everything
     * @param exclude patterns of what is not offered, even if {@code include} matches it
     * @param rename new names by old names
     * @param title new titles by name
     * @param describe new descriptions by name
     * @param annotate corrected annotations by name
     */
    public record Rules(
            @DefaultValue List<String> include,
            @DefaultValue List<String> exclude,
            @DefaultValue Map<String, String> rename,
            @DefaultValue Map<String, String> title,
            @DefaultValue Map<String, String> describe,
            @DefaultValue Map<String, Annotations> annotate) {

        public static final Rules NONE =
                new Rules(List.of(), List.of(), Map.of(), Map.of(), Map.of(), Map.of());

        public Rules {
            include = List.copyOf(include);
            exclude = List.copyOf(exclude);
            rename = Map.copyOf(rename);
            title = Map.copyOf(title);
            describe = Map.copyOf(describe);
            annotate = Map.copyOf(annotate);
        }
    }

    /**
     * Corrected annotations; those that are not set stay as the upstream has them.
     *
     * @param readOnlyHint the tool changes nothing. A call of it is repeated if its connection to
     *     the upstream breaks
     * @param destructiveHint the tool may delete or overwrite
     * @param idempotentHint a second call with the same arguments changes nothing more. A call of
     *     it is repeated if its connection to the upstream breaks
     * @param openWorldHint the tool reaches systems outside
     */
    public record Annotations(
            @Nullable Boolean readOnlyHint,
            @Nullable Boolean destructiveHint,
            @Nullable Boolean idempotentHint,
            @Nullable Boolean openWorldHint) {}
}
