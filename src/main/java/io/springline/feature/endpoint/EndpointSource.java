package io.springline.feature.endpoint;

import java.util.Map;
import java.util.function.BiConsumer;

/** A bean that offers endpoints of its own beside the main one. */
@FunctionalInterface
public interface EndpointSource {

    /** Returns the endpoints at the start, by name; {@code x} is served at {@code <path>/x}. */
    Map<String, Features> endpoints();

    /**
     * Sets the listener for endpoints that are added later. Called once, at the start.
     *
     * @param listener may be called with the same name again; then it does nothing
     */
    default void onAdded(BiConsumer<String, Features> listener) {}
}
