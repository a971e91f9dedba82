package io.springline.reload;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a reload has changed, or would change. Contains names of properties, never values.
 *
 * @param version of the configuration that the service runs with; the same on all replicas with the
 *     same files
 * @param changed properties that are applied without a restart
 * @param needsRestart changed properties that apply only after a restart
 * @param fault why the files cannot be applied; null if they can
 */
public record ReloadStatus(
        String version, Set<String> changed, Set<String> needsRestart, @Nullable String fault) {}
