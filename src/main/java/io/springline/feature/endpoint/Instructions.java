package io.springline.feature.endpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How to use this server, for the client's model: the configured text first, then further parts as
 * they are at the moment. Bounded in length. Safe for use by many threads.
 */
public final class Instructions {

    /** Most characters of one further part; a longer one is cut. */
    static final int MAX_PART = 8 * 1024;

    /** Most characters of all further parts; what is beyond is left out. */
    static final int MAX_PARTS = 64 * 1024;

    private final @Nullable String own;
    private final List<Supplier<String>> parts = new CopyOnWriteArrayList<>();

    /**
     * @param own null for none
     */
    public Instructions(@Nullable String own) {
        this.own = own;
    }

    /** Adds a part; it is left out while it is empty. */
    public void add(Supplier<String> part) {
        parts.add(part);
    }

    /** Returns all that there is now; null if there is nothing. */
    public @Nullable String text() {
        var texts = new ArrayList<String>();
        if (own != null) {
            texts.add(own);
        }
        int room = MAX_PARTS;
        for (Supplier<String> part : parts) {
            String text = cut(part.get().strip());
            if (!text.isEmpty() && text.length() <= room) {
                texts.add(text);
                room -= text.length();
            }
        }
        return texts.isEmpty() ? null : String.join("\n\n", texts);
    }

    private static String cut(String text) {
        return text.length() <= MAX_PART ? text : text.substring(0, MAX_PART) + "…";
    }
}
