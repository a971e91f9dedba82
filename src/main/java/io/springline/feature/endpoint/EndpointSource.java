package io.springline.feature.endpoint;

import java.util.Map;
import java.util.function.BiConsumer;

/** A bean that adds endpoints beside the main one, at the start and later. */
@FunctionalInterface
public interface EndpointSource {

    /**
     * Returns the endpoints that exist at the start, by name. The endpoint {@code x} is served at
     * the main endpoint's path plus {@code /x}.
     */
    Map<String, Features> endpoints();

    /**
     * Sets the listener for endpoints that are added later. Called once, at the start.
     *
     * @param listener may be called with the same name again; then it does nothing
     */
    default void onAdded(BiConsumer<String, Features> listener) {}
}
