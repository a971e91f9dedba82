package io.springline.feature.endpoint;

import java.util.List;
import java.util.Set;

/**
 * The features of one kind that one session sees differently.
 *
 * @param hidden names or URIs of common features that it does not see
 * @param added features that only it sees; they replace common ones of the same name
 */
public record SessionOffer<T>(Set<String> hidden, List<T> added) {

    public SessionOffer {
        hidden = Set.copyOf(hidden);
        added = List.copyOf(added);
    }
}
