package io.springline.curation;

import io.springline.config.EndpointNames;
import io.springline.curation.EndpointsProperties.Endpoint;
import io.springline.curation.EndpointsProperties.Rules;
import io.springline.curation.FeatureRules.Kind;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The checked configuration of one curated endpoint.
 *
 * @param sources names of upstreams, and {@link FeatureRules#LOCAL}; empty for all
 * @param instructions text for the client's model; null for that of the upstreams
 * @param roles of which a client needs one; empty if all clients may connect
 * @param maxConnections limit of connections and HTTP sessions on each node; null for none
 */
public record CuratedEndpoint(
        String name,
        Set<String> sources,
        FeatureRules tools,
        FeatureRules prompts,
        FeatureRules resources,
        @Nullable String instructions,
        Set<String> roles,
        @Nullable Integer maxConnections) {

    private static final String PREFIX = "springline.endpoints.";

    /** No upstream has this name. */
    private static final Set<String> NO_SOURCE = Set.of("");

    /**
     * Returns the checked endpoint.
     *
     * @param known names of the configured upstreams
     * @param mayAttach whether further upstreams may attach while the service runs
     * @throws IllegalArgumentException if the endpoint is invalid; the message names the property
     */
    public static CuratedEndpoint of(
            String name, Endpoint spec, Set<String> known, boolean mayAttach) {
        String property = PREFIX + name;
        if (!EndpointNames.isValid(name)) {
            throw new IllegalArgumentException(
                    property + ": the name must be 1 to 32 of A-Z a-z 0-9 _ . -");
        }
        if (known.contains(name) || name.equals(FeatureRules.LOCAL)) {
            throw new IllegalArgumentException(
                    property + ": an upstream has this name, and with it an endpoint");
        }
        if (EndpointNames.isReserved(name)) {
            throw new IllegalArgumentException(property + ": the name is reserved");
        }
        Integer max = spec.maxConnections();
        if (max != null && max < 1) {
            throw new IllegalArgumentException(
                    "%s.max-connections: must be at least 1, not %d".formatted(property, max));
        }
        var sources = new LinkedHashSet<>(spec.upstreams());
        for (String each : sources) {
            if (!each.equals(FeatureRules.LOCAL) && !known.contains(each) && !mayAttach) {
                throw new IllegalArgumentException(
                        "%s.upstreams: there is no upstream '%s'".formatted(property, each));
            }
        }
        Predicate<String> isSource =
                sources.isEmpty()
                        ? each -> each.equals(FeatureRules.LOCAL) || known.contains(each)
                        : sources::contains;
        return new CuratedEndpoint(
                name,
                Set.copyOf(sources),
                new FeatureRules(property + ".tools", Kind.TOOLS, spec.tools(), isSource),
                new FeatureRules(property + ".prompts", Kind.PROMPTS, spec.prompts(), isSource),
                new FeatureRules(
                        property + ".resources", Kind.RESOURCES, spec.resources(), isSource),
                spec.instructions(),
                spec.roles(),
                spec.maxConnections());
    }

    /** Returns the empty endpoint that replaces a removed one. */
    public static CuratedEndpoint empty(String name) {
        String property = PREFIX + name;
        return new CuratedEndpoint(
                name,
                NO_SOURCE,
                new FeatureRules(property, Kind.TOOLS, Rules.NONE, _ -> false),
                new FeatureRules(property, Kind.PROMPTS, Rules.NONE, _ -> false),
                new FeatureRules(property, Kind.RESOURCES, Rules.NONE, _ -> false),
                null,
                Set.of(),
                null);
    }

    /** Returns true for an endpoint that is no longer in the configuration. */
    public boolean isRemoved() {
        return sources.equals(NO_SOURCE);
    }

    public boolean offers(String source) {
        return sources.isEmpty() || sources.contains(source);
    }
}
