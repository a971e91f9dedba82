package io.springline.dispatch.call;

import io.springline.session.Caller;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Bounds what the params of calls take in memory, from their arrival until their handlers have
 * returned: on this node, and for each principal. Without it, calls of the largest size that wait
 * for something would fill the heap. The size is an estimate from the parsed params. Safe for use
 * by many threads.
 */
public final class CallMemory {

    /** Smaller params are not counted: what bounds them is the number of calls in flight. */
    private static final int SMALL = 1024;

    private final long limit;
    private final long limitPerPrincipal;
    private final Map<String, Long> shares = new HashMap<>();
    private long total;

    /**
     * @param limit in bytes; one principal that is known by a credential may have half of it
     */
    public CallMemory(long limit) {
        this.limit = limit;
        this.limitPerPrincipal = limit / 2;
    }

    /**
     * Returns null if there is no room. A principal that holds nothing gets room for one call, of
     * whatever size, so that nobody is kept out by what others hold.
     */
    public @Nullable Claim claim(Caller caller, @Nullable JsonNode params) {
        long size = params == null ? 0 : size(params);
        if (size < SMALL) {
            return Claim.UNCOUNTED;
        }
        String principal = caller.name();
        synchronized (shares) {
            long own = shares.getOrDefault(principal, 0L);
            boolean fits =
                    total + size <= limit
                            && (caller.isAnonymous() || own + size <= limitPerPrincipal);
            if (own > 0 && !fits) {
                return null;
            }
            shares.put(principal, own + size);
            total += size;
        }
        return new Claim(() -> release(principal, size));
    }

    private void release(String principal, long size) {
        synchronized (shares) {
            shares.computeIfPresent(
                    principal, (_, own) -> own == size ? null : Long.valueOf(own - size));
            total -= size;
        }
    }

    long used() {
        synchronized (shares) {
            return total;
        }
    }

    /** Roughly what a tree takes: its texts, and a fixed size for each value. */
    static long size(JsonNode node) {
        return switch (node.getNodeType()) {
            case STRING -> 56L + node.stringValue().length();
            case ARRAY -> {
                long size = 64;
                for (JsonNode element : node) {
                    size += 8 + size(element);
                }
                yield size;
            }
            case OBJECT -> {
                long size = 120;
                for (Map.Entry<String, JsonNode> member : node.properties()) {
                    size += 88 + member.getKey().length() + size(member.getValue());
                }
                yield size;
            }
            default -> 24;
        };
    }

    /** The room that one call takes. */
    public static final class Claim {

        /** That of all small calls: nothing is given back. */
        private static final Claim UNCOUNTED = new Claim(() -> {});

        private final Runnable release;

        private Claim(Runnable release) {
            this.release = release;
        }

        /** Gives the room back; to be called once. */
        public void release() {
            release.run();
        }
    }
}
