package io.springline.relay;

import io.springline.relay.UpstreamStatus.Phase;
import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.config.RefusedUpstream;
import io.springline.relay.stdio.StderrRing;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an operator sees of an upstream.
 *
 * @param kind {@code stdio} or {@code http}, or {@code unknown} if it is left out
 * @param state {@code up}, {@code down}, {@code connecting} while the first attempt is under way,
 *     {@code idle} where it is started only when called, or {@code left-out} where its
 *     configuration cannot be used
 * @param connections processes or HTTP sessions at the moment
 * @param restarts since the service started
 * @param trouble why it is not up, or left out, else why lists could not be read, else why it was
 *     down last
 * @param warnings lists that could not be read, and entries that were left out or changed
 * @param stderr its last lines
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
        int connections,
        int restarts,
        @Nullable String trouble,
        List<String> warnings,
        List<String> stderr) {

    /** From then on a handshake that is not answered is shown as trouble. */
    private static final Duration SLOW_HANDSHAKE = Duration.ofSeconds(3);

    /** Reads published state only, and never blocks. */
    static UpstreamView of(
            Upstream upstream,
            String kind,
            String state,
            UpstreamStatus status,
            StderrRing stderr) {
        UpstreamConnection open = status.open();
        UpstreamCatalogue catalogue = upstream.catalogue();
        return new UpstreamView(
                upstream.name(),
                kind,
                state,
                open == null ? null : open.version().wireName(),
                open == null ? null : open.info().path("name").asString(""),
                catalogue.entries(CatalogueList.TOOLS).size(),
                catalogue.entries(CatalogueList.PROMPTS).size(),
                catalogue.entries(CatalogueList.RESOURCES).size(),
                upstream.connections(),
                (int) upstream.restarts(),
                trouble(status, catalogue),
                upstream.warnings(),
                stderr.snapshot());
    }

    /** Returns the view of an entry of the configuration that cannot be used. */
    static UpstreamView leftOut(RefusedUpstream refused) {
        return new UpstreamView(
                refused.name(),
                "unknown",
                "left-out",
                null,
                null,
                0,
                0,
                0,
                0,
                0,
                refused.reason(),
                List.of(),
                List.of());
    }

    /** Why it is not up, else why lists are missing, else why it was down last. */
    private static @Nullable String trouble(UpstreamStatus status, UpstreamCatalogue catalogue) {
        if (status.phase() == Phase.CONNECTING) {
            long seconds = (System.nanoTime() - status.sinceNanos()) / 1_000_000_000;
            if (seconds < SLOW_HANDSHAKE.toSeconds()) {
                return status.trouble();
            }
            String before = status.trouble() == null ? "" : "; before: " + status.trouble();
            return "no answer to the handshake for %d s%s".formatted(seconds, before);
        }
        return status.isUp() && !catalogue.troubles().isEmpty()
                ? String.join("; ", catalogue.troubles())
                : status.trouble();
    }
}
