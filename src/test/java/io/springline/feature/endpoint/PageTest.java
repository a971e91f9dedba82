package io.springline.feature.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class PageTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void returnsEachEntryOnceAndNoCursorOnTheLastPage(int size) {
        var seen = new ArrayList<String>();
        String cursor = null;
        do {
            Page page = page(List.of("a", "b", "c", "d", "é:e"), cursor, size);
            seen.addAll(names(page));
            cursor = page.nextCursor();
        } while (cursor != null);
        assertThat(seen).containsExactly("a", "b", "c", "d", "é:e");
    }

    @Test
    void returnsOnePageForAnEmptyList() {
        Page page = page(List.of(), null, 2);
        assertThat(page.items()).isEmpty();
        assertThat(page.nextCursor()).isNull();
    }

    @Test
    void continuesAfterTheSameEntryWhenTheListChanges() {
        String afterB = page(List.of("a", "b", "c"), null, 2).nextCursor();
        assertThat(names(page(List.of("new", "a", "b", "c"), afterB, 2))).containsExactly("c");
        assertThat(names(page(List.of("b", "c"), afterB, 2))).containsExactly("c");
        // the entry was removed, so its position counts
        assertThat(names(page(List.of("a", "x", "c"), afterB, 2))).containsExactly("c");
        assertThat(names(page(List.of("a"), afterB, 2))).isEmpty();
        assertThat(names(page(List.of(), afterB, 2))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "!", "a", "MA", "0:a", ":a", "-1:a", "x:a", "99999999999:a"})
    void refusesForeignCursors(String cursor) {
        String encoded =
                cursor.contains(":")
                        ? Base64.getUrlEncoder()
                                .encodeToString(cursor.getBytes(StandardCharsets.UTF_8))
                        : cursor;
        assertThatThrownBy(() -> page(List.of("a", "b", "c"), encoded, 2))
                .isInstanceOfSatisfying(
                        JsonRpcException.class,
                        e ->
                                assertThat(e.error().code())
                                        .isEqualTo(ErrorCode.INVALID_PARAMS.code()));
    }

    private static Page page(List<String> keys, String cursor, int size) {
        List<ObjectNode> items =
                keys.stream()
                        .map(key -> JsonNodeFactory.instance.objectNode().put("name", key))
                        .toList();
        return Page.of(keys, items, cursor, size);
    }

    private static List<String> names(Page page) {
        return page.items().stream().map(item -> item.path("name").stringValue()).toList();
    }
}
