package io.springline.relay;

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
        List<String> stderr) {}
