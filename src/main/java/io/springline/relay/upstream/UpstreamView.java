package io.springline.relay.upstream;

import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.config.RefusedUpstream;
import io.springline.relay.config.UpstreamAuth;
import io.springline.relay.stdio.StderrRing;
import io.springline.relay.upstream.UpstreamStatus.Phase;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state of an upstream for operators.
 *
 * @param kind {@code stdio}, {@code http} or {@code attached}; {@code unknown} if the upstream is
 *     left out
 * @param state {@code up}, {@code down}, {@code connecting} during the first attempt, {@code idle}
 *     if it is started only when called, or {@code left-out} if its configuration cannot be used
 * @param extensions MCP extensions that it has or that are configured, and what happens to each:
 *     {@code passes}, or why it does not
 * @param connections current number of processes or HTTP sessions
 * @param restarts number of restarts since the service started
 * @param auth the configured {@code auth.type}
 * @param authTrouble what failed to authenticate a short time ago, without saying whose call it was
 * @param trouble why it is not up or is left out; otherwise why lists could not be read; otherwise
 *     why it was last down
 * @param warnings lists that could not be read, and entries that were left out or changed
 * @param stderr the last lines of standard error
 */
public record UpstreamView(
        String name,
        String kind,
        String state,
        @Nullable String protocolVersion,
        @Nullable String serverName,
        int tools,
        int prompts,
        int resources,
        Map<String, String> extensions,
        int connections,
        int restarts,
        String auth,
        @Nullable String authTrouble,
        @Nullable String trouble,
        List<String> warnings,
        List<String> stderr) {

    /**
     * Returns the view of an upstream. Never blocks.
     *
     * @param waitsFor what a running attempt to connect has waited for, for too long; or null
     */
    static UpstreamView of(
            Upstream upstream,
            String state,
            UpstreamStatus status,
            @Nullable String waitsFor,
            StderrRing stderr) {
        UpstreamConnection open = status.open();
        UpstreamCatalogue catalogue = upstream.catalogue();
        return new UpstreamView(
                upstream.name(),
                upstream.spec().kind(),
                state,
                open == null ? null : open.version().wireName(),
                open == null ? null : open.info().path("name").asString(""),
                catalogue.entries(CatalogueList.TOOLS).size(),
                catalogue.entries(CatalogueList.PROMPTS).size(),
                catalogue.entries(CatalogueList.RESOURCES).size(),
                upstream.extensions().states(upstream.name(), catalogue.capabilities()),
                upstream.connections(),
                (int) upstream.restarts(),
                upstream.credentials().type().label(),
                upstream.credentials().failures().recent(),
                trouble(status, waitsFor, catalogue),
                upstream.warnings(),
                stderr.snapshot());
    }

    /** Returns the view of an entry of the configuration that cannot be used. */
    public static UpstreamView leftOut(RefusedUpstream refused) {
        return new UpstreamView(
                refused.name(),
                "unknown",
                "left-out",
                null,
                null,
                0,
                0,
                0,
                Map.of(),
                0,
                0,
                UpstreamAuth.Type.NONE.label(),
                null,
                refused.reason(),
                List.of(),
                List.of());
    }

    /**
     * Returns why the upstream is not up, or else why lists are missing, or else why it was last
     * down.
     */
    private static @Nullable String trouble(
            UpstreamStatus status, @Nullable String waitsFor, UpstreamCatalogue catalogue) {
        if (waitsFor != null && status.phase() == Phase.CONNECTING) {
            return status.trouble() == null
                    ? waitsFor
                    : "%s; before: %s".formatted(waitsFor, status.trouble());
        }
        return status.isUp() && !catalogue.troubles().isEmpty()
                ? String.join("; ", catalogue.troubles())
                : status.trouble();
    }
}
