package io.springline.relay.consent;

import io.springline.relay.client.UpstreamException;
import java.time.Duration;
import java.util.Optional;

/**
 * Keeps encrypted values for a limited time. All nodes of a cluster share it. Thread-safe; methods
 * may block for a limited time.
 */
public interface ConsentStore {

    /**
     * Keeps a value in place of an earlier one.
     *
     * @param group the number of values in each group is limited
     * @param max the maximum number of values in the group
     * @return false if the group is full; nothing has changed then
     * @throws UnavailableException if the store cannot be reached
     */
    boolean put(String group, String key, String value, Duration lifetime, int max);

    /**
     * Keeps a value, unless there is one under this key or the group is full.
     *
     * @return true if it is kept
     */
    boolean putIfAbsent(String group, String key, String value, Duration lifetime, int max);

    /**
     * Keeps a value in place of the expected one, in one step.
     *
     * @return false if another value or none is kept; nothing has changed then
     */
    boolean replace(String group, String key, String expected, String value, Duration lifetime);

    /**
     * Removes the expected value, in one step.
     *
     * @return false if another value or none is kept; nothing has changed then
     */
    boolean remove(String group, String key, String expected);

    /** Returns a value. */
    Optional<String> get(String group, String key);

    /** Returns and removes a value, in one step. */
    Optional<String> take(String group, String key);

    /** Thrown if the store cannot be reached. */
    final class UnavailableException extends UpstreamException {

        private static final long serialVersionUID = 1L;

        public UnavailableException() {
            super("the store of consents cannot be reached. Try again later");
        }
    }
}
