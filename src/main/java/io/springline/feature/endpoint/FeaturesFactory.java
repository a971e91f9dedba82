package io.springline.feature.endpoint;

import org.jspecify.annotations.Nullable;

/** Creates empty features for further endpoints, configured like those of the main endpoint. */
@FunctionalInterface
public interface FeaturesFactory {

    /**
     * @param endpoint the endpoint's name; its clients get the change notifications
     * @param instructions how to use the endpoint, for the client's model; null for none
     */
    Features create(String endpoint, @Nullable String instructions);

    /**
     * Creates features without instructions.
     *
     * @param endpoint the endpoint's name; its clients get the change notifications
     */
    default Features create(String endpoint) {
        return create(endpoint, null);
    }
}
