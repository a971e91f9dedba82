package io.springline.feature;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Suggests values for one argument of a prompt or one variable of a resource template. */
public record Completion(Reference reference, Handler handler) {

    public Completion {
        Objects.requireNonNull(reference, "reference");
        Objects.requireNonNull(handler, "handler");
    }

    /** What the arguments belong to. */
    public sealed interface Reference {

        record ToPrompt(String name) implements Reference {}

        /**
         * @param uri a template, or a plain URI
         */
        record ToResource(String uri) implements Reference {}
    }

    /** Runs on a virtual thread of its own and may block. */
    @FunctionalInterface
    public interface Handler {

        /**
         * @param argument the name of the argument being typed
         * @param value what has been typed so far
         * @param resolved the arguments that have values already
         */
        Suggestions complete(
                RequestContext context, String argument, String value, Map<String, String> resolved)
                throws Exception;
    }

    /**
     * @param values best first; more than 100 are cut off and reported as more
     * @param total how many there are, or null when unknown
     */
    public record Suggestions(List<String> values, @Nullable Integer total, boolean hasMore) {

        /** The most that one answer may hold. */
        public static final int LIMIT = 100;

        public static final Suggestions NONE = new Suggestions(List.of(), null, false);

        public Suggestions {
            hasMore |= values.size() > LIMIT;
            values = List.copyOf(values.subList(0, Math.min(LIMIT, values.size())));
        }

        public static Suggestions of(List<String> values) {
            return new Suggestions(values, values.size(), false);
        }
    }
}
