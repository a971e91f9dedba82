package io.springline.sdk;

import io.springline.feature.TaskSupport;
import org.jspecify.annotations.Nullable;

/**
 * A specification and the origin of its exceptions.
 *
 * @param <S> one of the {@code McpServerFeatures.Sync*Specification}s
 * @param tasks whether calls may become tasks, or null if nothing is said
 */
record SdkSpecification<S>(S specification, ErrorOrigin origin, @Nullable TaskSupport tasks) {

    SdkSpecification(S specification, ErrorOrigin origin) {
        this(specification, origin, null);
    }
}
