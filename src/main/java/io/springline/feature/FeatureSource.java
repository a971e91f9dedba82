package io.springline.feature;

import java.util.List;

/**
 * A bean that offers several features. Called once, at the start; sources are called in bean order,
 * and clients see lists in that order. A bean that is itself a {@link Tool}, {@link Prompt}, {@link
 * Resource}, {@link ResourceTemplate} or {@link Completion} needs no source.
 */
public interface FeatureSource {

    default List<Tool> tools() {
        return List.of();
    }

    default List<Prompt> prompts() {
        return List.of();
    }

    default List<Resource> resources() {
        return List.of();
    }

    default List<ResourceTemplate> resourceTemplates() {
        return List.of();
    }

    default List<Completion> completions() {
        return List.of();
    }
}
