package io.springline.feature;

import io.springline.session.Backplane;
import io.springline.session.Topic;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All that one endpoint offers.
 *
 * @param instructions how to use this server, for the client's model; null for none
 */
public record Features(
        Tools tools,
        Resources resources,
        Prompts prompts,
        Completions completions,
        @Nullable String instructions) {

    public Features {
        Objects.requireNonNull(tools, "tools");
        Objects.requireNonNull(resources, "resources");
        Objects.requireNonNull(prompts, "prompts");
        Objects.requireNonNull(completions, "completions");
    }

    /**
     * Features without content.
     *
     * @param endpoint whose clients are told of changes
     * @param pageSize entries on one page of a list, at least 1
     */
    public static Features empty(
            String endpoint, Backplane backplane, int pageSize, @Nullable String instructions) {
        Consumer<Topic> announcer = topic -> backplane.publish(endpoint, topic);
        var resources = new Resources(announcer, pageSize);
        var prompts = new Prompts(announcer, pageSize);
        return new Features(
                new Tools(announcer, pageSize),
                resources,
                prompts,
                new Completions(prompts, resources),
                instructions);
    }
}
