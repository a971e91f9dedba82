package io.springline.relay.consent;

import io.springline.relay.client.UpstreamException;
import org.jspecify.annotations.Nullable;

/**
 * The lock of a refresh; afterwards, for a short time, why it has failed.
 *
 * @param id of the call that has the lock
 * @param failure null while the refresh runs
 */
record RefreshLock(String id, @Nullable String failure) {

    void throwFailure() {
        if (failure != null) {
            throw new UpstreamException(failure);
        }
    }
}
