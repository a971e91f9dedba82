package io.springline.relay.catalogue;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.SharedObject;
import io.springline.relay.catalogue.UpstreamCatalogue.Entries;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.client.LostException;
import io.springline.relay.client.NotBegunException;
import io.springline.relay.client.RelayMeta;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reader for all pages of one upstream list. If a limit is reached, the entries so far are the
 * list.
 */
public final class CatalogueReader {

    /** The maximum number of pages of one list. */
    public static final int MAX_PAGES = 200;

    /** The maximum number of entries of one list. */
    public static final int MAX_ENTRIES = 10_000;

    /** The maximum length of one list as JSON, in characters. */
    static final int MAX_CHARACTERS = 4_000_000;

    /** The maximum number of notes on one list. */
    private static final int MAX_NOTES = 100;

    private final UpstreamConnection connection;
    private final CatalogueList list;
    private final Duration timeout;
    private final List<ObjectNode> entries = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Set<String> keys = new HashSet<>();
    private int number;
    private long characters;

    private CatalogueReader(UpstreamConnection connection, CatalogueList list, Duration timeout) {
        this.connection = connection;
        this.list = list;
        this.timeout = timeout;
    }

    /**
     * Returns the list; it is empty if the upstream does not provide it. If a later page fails, the
     * list contains the pages before it and the reason.
     *
     * @param timeout of one page
     * @throws UpstreamException if the first page cannot be read
     * @throws LostException if the connection ended
     */
    public static Entries read(UpstreamConnection connection, CatalogueList list, Duration timeout)
            throws InterruptedException {
        if (connection.can(list.capability())) {
            return new CatalogueReader(connection, list, timeout).read();
        }
        return list == CatalogueList.TOOLS && declaresNoList(connection)
                ? undeclared(connection, timeout)
                : Entries.NONE;
    }

    private static boolean declaresNoList(UpstreamConnection connection) {
        return Arrays.stream(CatalogueList.values())
                .noneMatch(each -> connection.can(each.capability()));
    }

    /**
     * Reads the tools of an upstream that declares no list capability; some servers have tools
     * nevertheless.
     */
    private static Entries undeclared(UpstreamConnection connection, Duration timeout)
            throws InterruptedException {
        try {
            return new CatalogueReader(connection, CatalogueList.TOOLS, timeout).read();
        } catch (UpstreamException e) {
            return Entries.NONE;
        }
    }

    private Entries read() throws InterruptedException {
        Set<String> cursors = new HashSet<>();
        JsonNode cursor = null;
        for (int page = 1; page <= MAX_PAGES; page++) {
            JsonNode result;
            try {
                result = page(cursor);
            } catch (UpstreamException e) {
                if (page == 1) {
                    throw e;
                }
                return result(null).afterFailure(String.valueOf(e.getMessage()));
            }
            if (result == null) {
                return result(null);
            }
            describe(result);
            String full = add(entries(result));
            if (full != null) {
                return result(full);
            }
            cursor = result.path("nextCursor");
            if (!cursor.isValueNode() || cursor.isNull() || cursor.asString("").isEmpty()) {
                return result(null);
            }
            if (!cursors.add(cursor.toString())) {
                return result(
                        "%s: the same nextCursor came twice; the list ends there"
                                .formatted(list.method()));
            }
        }
        return result(
                "%s: the list has more than %d pages; the rest is left out"
                        .formatted(list.method(), MAX_PAGES));
    }

    /** Returns the result of one page, or null if the upstream does not support the method. */
    private @Nullable JsonNode page(@Nullable JsonNode cursor) throws InterruptedException {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        if (cursor != null) {
            params.set("cursor", cursor);
        }
        if (connection.version().isModern()) {
            params.set("_meta", RelayMeta.modern(RelayMeta.readerCapabilities()));
        }
        JsonNode result;
        try {
            result = connection.client().request(list.method(), params, timeout);
        } catch (JsonRpcException e) {
            if (e.error().code() == ErrorCode.METHOD_NOT_FOUND.code()) {
                return null;
            }
            throw failed("the upstream answered: " + e.error().message());
        } catch (UpstreamException e) {
            throw failed(String.valueOf(e.getMessage()));
        } catch (NotBegunException e) {
            throw new LostException(list.method(), String.valueOf(e.getMessage()));
        }
        JsonNode entries = entries(result);
        if (entries.isContainer()) {
            return result;
        }
        throw failed(
                entries.isMissingNode()
                        ? "the result has no " + list.member()
                        : list.member() + " is not an array");
    }

    /**
     * Returns the entries of a page: normally an array. PHP writes an object if the keys have gaps,
     * and servers in Go leave an empty list out, or write null.
     */
    private JsonNode entries(JsonNode result) {
        JsonNode member = result.isArray() ? result : result.path(list.member());
        if ((member.isMissingNode() || member.isNull()) && result.isObject()) {
            return JsonNodeFactory.instance.arrayNode();
        }
        return member.path(list.key()).isString()
                ? JsonNodeFactory.instance.arrayNode().add(member)
                : member;
    }

    /** Adds a note if the result does not have the form that MCP defines. */
    private void describe(JsonNode result) {
        JsonNode member = result.path(list.member());
        if (!member.isArray()) {
            note(
                    "%s: %s"
                            .formatted(
                                    list.method(),
                                    result.isArray()
                                            ? "the result is not an object; it is read as the list"
                                            : member.isMissingNode() || member.isNull()
                                                    ? "the result has no %s; the list is taken as empty"
                                                            .formatted(list.member())
                                                    : "%s is not an array; its members are the entries"
                                                            .formatted(list.member())));
        }
    }

    private UpstreamException failed(String reason) {
        return new UpstreamException(
                "%s failed: %s".formatted(list.method(), CatalogueEntry.shown(reason)));
    }

    /** Adds the entries of a page. Returns the reason if a limit is reached, null otherwise. */
    private @Nullable String add(JsonNode page) {
        for (JsonNode raw : page) {
            number++;
            if (number > MAX_ENTRIES) {
                return "%s: the list has more than %d entries; the rest is left out"
                        .formatted(list.method(), MAX_ENTRIES);
            }
            characters += raw.toString().length();
            if (characters > MAX_CHARACTERS) {
                return "%s: the list is longer than %d characters; the rest is left out"
                        .formatted(list.method(), MAX_CHARACTERS);
            }
            ObjectNode entry = CatalogueEntry.of(list, raw, number, this::note);
            if (entry == null) {
                continue;
            }
            String key = entry.path(list.key()).stringValue();
            if (keys.add(key)) {
                entries.add(SharedObject.of(entry));
            } else {
                note(
                        "%s: entry %d '%s' is left out: it is listed twice"
                                .formatted(list.method(), number, CatalogueEntry.shown(key)));
            }
        }
        return null;
    }

    private void note(String note) {
        if (notes.size() < MAX_NOTES) {
            notes.add(note);
        } else if (notes.size() == MAX_NOTES) {
            notes.add("%s: more entries like these".formatted(list.method()));
        }
    }

    private Entries result(@Nullable String trouble) {
        return new Entries(entries, notes, trouble, false);
    }
}
