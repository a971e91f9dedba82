package io.springline.relay.endpoint;

import io.springline.auth.access.AccessRules.Kind;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state of a curated endpoint for operators.
 *
 * @param upstreams its sources; empty for all
 * @param roles of which a client needs one; empty if all clients may connect
 * @param features everything that its sources have, offered or not
 * @param warnings rules that match nothing or too much, and names that are taken
 */
public record EndpointView(
        String name,
        List<String> upstreams,
        Set<String> roles,
        List<Feature> features,
        List<String> warnings) {

    /**
     * One feature of a source.
     *
     * @param source its upstream, or {@code local}
     * @param name its name at the source
     * @param shownAs its name at the endpoint; null if the endpoint does not offer it
     * @param hiddenBy the rule that hides it; null if none does
     */
    public record Feature(
            Kind kind,
            String source,
            String name,
            @Nullable String shownAs,
            @Nullable String hiddenBy) {}
}
