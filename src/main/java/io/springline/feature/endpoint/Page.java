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
 * @param nextCursor the cursor of the next page, opaque to clients; null on the last page
 */
public record Page(List<ObjectNode> items, @Nullable String nextCursor) {

    /**
     * Returns the page after {@code cursor}. A cursor holds the key and the position of the last
     * entry before the page, so it stays valid on other connections and nodes, and when the list
     * changes: if the entry is gone, the position counts.
     *
     * @param keys the keys of {@code items}, in the same order
     * @param cursor null for the first page
     * @param size entries per page, at least 1
     */
    static Page of(List<String> keys, List<ObjectNode> items, @Nullable String cursor, int size) {
        int from = cursor == null ? 0 : start(keys, cursor);
        int to = Math.min(items.size(), from + size);
        String next = to < items.size() ? encode(to, keys.get(to - 1)) : null;
        return new Page(items.subList(from, to), next);
    }

    /** As above, but only with entries whose key is {@code visible}. */
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
