package io.springline.reload;

import java.time.Instant;
import java.util.Set;

/**
 * A reload that changed something. Contains names of properties, never values.
 *
 * @param from version of the configuration before it
 * @param to version after it
 * @param added properties that only the new version has
 * @param changed properties with another value
 * @param removed properties that only the old version has
 */
public record AppliedChange(
        Instant at,
        String from,
        String to,
        Set<String> added,
        Set<String> changed,
        Set<String> removed) {}
