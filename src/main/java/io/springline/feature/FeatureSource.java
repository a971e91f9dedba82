package io.springline.feature;

import java.util.List;

/**
 * A bean that offers any number of features, asked once when the application starts. Single {@link
 * Tool}, {@link Prompt}, {@link Resource}, {@link ResourceTemplate} and {@link Completion} beans
 * need none. Sources are asked in bean order, which is the order of the lists that clients see.
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
