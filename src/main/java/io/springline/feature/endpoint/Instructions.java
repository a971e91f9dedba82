package io.springline.feature.endpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The text that tells the client's model how to use this server: the configured text, then parts
 * that can change at run time. Thread-safe.
 */
public final class Instructions {

    /** Longest part in characters; a longer one is cut. */
    static final int MAX_PART = 8 * 1024;

    /** Most characters of all parts together; a part that would exceed it is left out. */
    static final int MAX_PARTS = 64 * 1024;

    private final @Nullable String own;
    private final List<Supplier<String>> parts = new CopyOnWriteArrayList<>();

    /**
     * @param own the configured text, or null for none
     */
    public Instructions(@Nullable String own) {
        this.own = own;
    }

    /** Adds a part, which is called for each text. Must not block. An empty part is left out. */
    public void add(Supplier<String> part) {
        parts.add(part);
    }

    /** Returns the current text, or null if it is empty. */
    public @Nullable String text() {
        var texts = new ArrayList<String>();
        if (own != null) {
            texts.add(own);
        }
        int remaining = MAX_PARTS;
        for (Supplier<String> part : parts) {
            String text = cut(part.get().strip());
            if (!text.isEmpty() && text.length() <= remaining) {
                texts.add(text);
                remaining -= text.length();
            }
        }
        return texts.isEmpty() ? null : String.join("\n\n", texts);
    }

    private static String cut(String text) {
        return text.length() <= MAX_PART ? text : text.substring(0, MAX_PART) + "…";
    }
}
