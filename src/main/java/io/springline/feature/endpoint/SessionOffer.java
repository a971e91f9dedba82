package io.springline.feature.endpoint;

import java.util.List;
import java.util.Set;

/**
 * What one session is offered differently from all others.
 *
 * @param hidden names or URIs that it does not see
 * @param added what it sees beside the rest, or in its place
 */
public record SessionOffer<T>(Set<String> hidden, List<T> added) {

    public SessionOffer {
        hidden = Set.copyOf(hidden);
        added = List.copyOf(added);
    }
}
