package io.springline.auth.token;

import io.springline.config.InvalidConfigurationException;

/** The rule for lists of tokens in a reloaded configuration. */
public final class TokenReload {

    private TokenReload() {}

    /**
     * Refuses a list that begins or ceases to have tokens: whether credentials of this kind are
     * accepted at all is decided at the start.
     */
    public static void requireSameUse(String property, boolean wasEmpty, boolean isEmpty) {
        if (wasEmpty != isEmpty) {
            throw new InvalidConfigurationException(
                    property + ": the first token is added, or the last one removed, by a restart",
                    "Restart the service.");
        }
    }
}
