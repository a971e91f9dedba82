package io.springline.feature;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Suggests values for an argument of a prompt, or for a variable of a resource template. */
public record Completion(Reference reference, Handler handler) {

    public Completion {
        Objects.requireNonNull(reference, "reference");
        Objects.requireNonNull(handler, "handler");
    }

    /** The prompt or resource that the argument belongs to. */
    public sealed interface Reference {

        record ToPrompt(String name) implements Reference {}

        /**
         * @param uri the URI template, or the URI of a resource
         */
        record ToResource(String uri) implements Reference {}
    }

    /** Computes the suggestions. Runs on a virtual thread and may block. */
    @FunctionalInterface
    public interface Handler {

        /**
         * @param argument the name of the argument that the user is typing
         * @param value what the user has typed
         * @param resolved the values of other arguments that are known
         */
        Suggestions complete(
                RequestContext context, String argument, String value, Map<String, String> resolved)
                throws Exception;
    }

    /**
     * The suggested values.
     *
     * @param values best first. Values beyond the first {@value #LIMIT} are dropped, and {@code
     *     hasMore} is then true
     * @param total the number of all matching values, or null if unknown
     */
    public record Suggestions(List<String> values, @Nullable Integer total, boolean hasMore) {

        /** Most values in one answer. */
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
