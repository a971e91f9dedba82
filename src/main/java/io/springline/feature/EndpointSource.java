package io.springline.feature;

import java.util.Map;

/** A bean that offers endpoints of their own beside the main one, asked once at the start. */
@FunctionalInterface
public interface EndpointSource {

    /** By name; {@code x} is served at the main endpoint's path plus {@code /x}. */
    Map<String, Features> endpoints();
}
