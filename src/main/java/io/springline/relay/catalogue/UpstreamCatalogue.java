package io.springline.relay.catalogue;

import io.springline.relay.client.CatalogueList;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an upstream offers, as it was last known. Each list stands for itself: one that cannot be
 * read leaves the others as they are.
 *
 * @param capabilities names of the capabilities that the upstream declared
 * @param instructions how to use it, for the client's model; empty for none
 */
public record UpstreamCatalogue(
        Map<CatalogueList, Entries> lists, Set<String> capabilities, String instructions) {

    /**
     * One list.
     *
     * @param entries well-formed, as the upstream sent them otherwise
     * @param notes what was left out or changed, each naming the entry and the reason
     * @param trouble why the list could not be read, or not to its end; null if it could
     */
    public record Entries(List<ObjectNode> entries, List<String> notes, @Nullable String trouble) {

        static final Entries NONE = new Entries(List.of(), List.of(), null);

        public Entries {
            entries = List.copyOf(entries);
            notes = List.copyOf(notes);
        }

        public Entries withTrouble(String reason) {
            return new Entries(entries, notes, reason);
        }
    }

    public static final UpstreamCatalogue EMPTY = new UpstreamCatalogue(Map.of(), Set.of(), "");

    public UpstreamCatalogue {
        lists = Map.copyOf(lists);
        capabilities = Set.copyOf(capabilities);
    }

    public boolean can(String capability) {
        return capabilities.contains(capability);
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
            CatalogueList list, Entries entries, Set<String> capabilities, String instructions) {
        var next = new EnumMap<CatalogueList, Entries>(CatalogueList.class);
        next.putAll(lists);
        next.put(list, entries);
        return new UpstreamCatalogue(next, capabilities, instructions);
    }

    /** Why lists could not be read. */
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

    /** The {@link #troubles}, and what was left out of the lists or changed. */
    public List<String> warnings() {
        var warnings = new ArrayList<>(troubles());
        for (CatalogueList each : CatalogueList.values()) {
            warnings.addAll(list(each).notes());
        }
        return warnings;
    }
}
