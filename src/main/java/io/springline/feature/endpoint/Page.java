package io.springline.feature.endpoint;

import io.springline.jsonrpc.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One page of a list.
 *
 * @param nextCursor where the next page starts, opaque to clients; null on the last page
 */
public record Page(List<ObjectNode> items, @Nullable String nextCursor) {

    /**
     * Cuts the page that {@code cursor} points to. A cursor names the entry it follows, so it
     * survives reconnects, other nodes and changes of the list; if that entry is gone, its position
     * counts.
     *
     * @param keys one for each of {@code items}
     * @param cursor null for the first page
     * @param size at least 1
     */
    static Page of(List<String> keys, List<ObjectNode> items, @Nullable String cursor, int size) {
        int from = cursor == null ? 0 : start(keys, cursor);
        int to = Math.min(items.size(), from + size);
        String next = to < items.size() ? encode(to, keys.get(to - 1)) : null;
        return new Page(items.subList(from, to), next);
    }

    /** As above, of those entries alone whose key is {@code visible}. */
    static Page of(
            List<String> keys,
            List<ObjectNode> items,
            @Nullable String cursor,
            int size,
            Predicate<String> visible) {
        int at = cursor == null ? 0 : start(keys, cursor);
        var page = new ArrayList<ObjectNode>();
        for (; at < items.size() && page.size() < size; at++) {
            if (visible.test(keys.get(at))) {
                page.add(items.get(at));
            }
        }
        boolean more = keys.subList(at, keys.size()).stream().anyMatch(visible);
        return new Page(page, more ? encode(at, keys.get(at - 1)) : null);
    }

    private static String encode(int position, String lastKey) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((position + ":" + lastKey).getBytes(StandardCharsets.UTF_8));
    }

    private static int start(List<String> keys, String cursor) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            int position = Integer.parseInt(text.substring(0, Math.max(colon, 0)));
            if (position < 1) {
                throw invalid();
            }
            String lastKey = text.substring(colon + 1);
            if (position <= keys.size() && keys.get(position - 1).equals(lastKey)) {
                return position;
            }
            int moved = keys.indexOf(lastKey);
            return moved >= 0 ? moved + 1 : Math.min(position, keys.size());
        } catch (IllegalArgumentException e) {
            throw invalid();
        }
    }

    private static RuntimeException invalid() {
        return ErrorCode.INVALID_PARAMS.exception(
                "Invalid params: cursor was not issued by this server");
    }
}
