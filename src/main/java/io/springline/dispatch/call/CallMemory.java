package io.springline.dispatch.call;

import io.springline.jsonrpc.SharedObject;
import io.springline.session.Caller;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Limits the memory that the params of calls take, from a call's arrival until its handler has
 * returned: in total on this node, and per principal. Without this limit, large calls whose
 * handlers wait would fill the heap. Sizes are estimates from the parsed params. Thread-safe.
 */
public final class CallMemory {

    /**
     * Smaller params, in estimated bytes, are not counted: the limit of requests in flight bounds
     * them.
     */
    private static final int SMALL = 1024;

    private final long limit;
    private final long limitPerPrincipal;
    private final Map<String, Long> shares = new HashMap<>();
    private long total;

    /**
     * @param limit in bytes for the node. A principal with a credential may use half of it;
     *     anonymous callers share one principal, which may use all.
     */
    public CallMemory(long limit) {
        this.limit = limit;
        this.limitPerPrincipal = limit / 2;
    }

    /**
     * Reserves memory for one call. Returns null if the limit of the node or of the principal is
     * reached. A principal that has nothing reserved always gets memory for one call, of any size,
     * so that other principals cannot lock it out.
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

    /**
     * Returns the estimated heap size of a tree in bytes: the length of its texts, plus a constant
     * per value.
     */
    public static long size(JsonNode node) {
        if (node instanceof SharedObject) {
            return 24; // in memory anyway
        }
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

    /** The memory reserved for one call. */
    public static final class Claim {

        /** Shared by all small calls. Nothing is released. */
        private static final Claim UNCOUNTED = new Claim(() -> {});

        private final Runnable release;

        private Claim(Runnable release) {
            this.release = release;
        }

        /** Releases the memory. To be called once. */
        public void release() {
            release.run();
        }
    }
}
