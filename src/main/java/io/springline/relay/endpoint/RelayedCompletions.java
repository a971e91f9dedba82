package io.springline.relay.endpoint;

import io.springline.feature.Completion;
import io.springline.feature.endpoint.Completions;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Registers completions at one endpoint beside others. Not thread-safe. */
final class RelayedCompletions {

    private static final Logger log = LoggerFactory.getLogger(RelayedCompletions.class);

    private final Completions completions;
    private Set<Completion.Reference> registered = new HashSet<>();

    RelayedCompletions(Completions completions) {
        this.completions = completions;
    }

    /** Replaces those that were registered before. Those of {@code local} come first. */
    void replace(Collection<Completion> relayed, Collection<Completion> local) {
        completions.remove(registered);
        registered = new HashSet<>();
        local.forEach(this::add);
        relayed.forEach(this::add);
    }

    private void add(Completion completion) {
        try {
            completions.add(List.of(completion));
            registered.add(completion.reference());
        } catch (IllegalArgumentException e) {
            log.debug("{} is completed by a local feature", completion.reference());
        }
    }
}
