package io.springline.feature.endpoint;

import org.jspecify.annotations.Nullable;

/**
 * Makes the features of further endpoints, configured like those of the main one, without content.
 */
@FunctionalInterface
public interface FeaturesFactory {

    /**
     * @param endpoint whose clients are told of changes
     */
    Features create(String endpoint, @Nullable String instructions);
}
