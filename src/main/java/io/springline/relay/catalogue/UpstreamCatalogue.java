package io.springline.relay.catalogue;

import io.springline.relay.client.CatalogueList;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The lists of an upstream, as last read. If one list cannot be read, the others are not affected.
 *
 * @param capabilities as the upstream declared them; must not be modified
 * @param instructions usage instructions for the client's model; empty for none
 */
public record UpstreamCatalogue(
        Map<CatalogueList, Entries> lists, ObjectNode capabilities, String instructions) {

    /**
     * One list.
     *
     * @param entries repaired entries
     * @param notes entries that were left out or changed, each with the reason
     * @param trouble why the list could not be read completely; null if it could
     * @param failed whether the reason is a failure of the upstream, so that another read may
     *     succeed
     */
    public record Entries(
            List<ObjectNode> entries,
            List<String> notes,
            @Nullable String trouble,
            boolean failed) {

        static final Entries NONE = complete(List.of());

        public Entries {
            entries = List.copyOf(entries);
            notes = List.copyOf(notes);
        }

        /** Returns entries without notes, of a list that was read completely. */
        public static Entries complete(List<ObjectNode> entries) {
            return new Entries(entries, List.of(), null, false);
        }

        /** Returns the same entries after a read that failed. */
        public Entries afterFailure(String reason) {
            return new Entries(entries, notes, reason, true);
        }
    }

    public static final UpstreamCatalogue EMPTY =
            new UpstreamCatalogue(Map.of(), JsonNodeFactory.instance.objectNode(), "");

    public UpstreamCatalogue {
        lists = Map.copyOf(lists);
    }

    /** Returns true if each list has been read once, successfully or not. */
    public boolean isComplete() {
        return lists.size() == CatalogueList.values().length;
    }

    public boolean can(String capability) {
        return capabilities.has(capability);
    }

    public boolean completes() {
        return can("completions");
    }

    public Entries list(CatalogueList list) {
        return lists.getOrDefault(list, Entries.NONE);
    }

    public List<ObjectNode> entries(CatalogueList list) {
        return list(list).entries();
    }

    public UpstreamCatalogue with(
            CatalogueList list, Entries entries, ObjectNode capabilities, String instructions) {
        var next = new EnumMap<CatalogueList, Entries>(CatalogueList.class);
        next.putAll(lists);
        next.put(list, entries);
        return new UpstreamCatalogue(next, capabilities, instructions);
    }

    /** Returns the reasons why lists could not be read. */
    public List<String> troubles() {
        var troubles = new ArrayList<String>();
        for (CatalogueList each : CatalogueList.values()) {
            String trouble = list(each).trouble();
            if (trouble != null) {
                troubles.add(trouble);
            }
        }
        return troubles;
    }

    /** Returns the {@link #troubles} and the notes of all lists. */
    public List<String> warnings() {
        var warnings = new ArrayList<>(troubles());
        for (CatalogueList each : CatalogueList.values()) {
            warnings.addAll(list(each).notes());
        }
        return warnings;
    }
}
