package io.springline.relay.consent;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The consent of users, for upstreams with {@code auth.type: authorization-code}.
 *
 * @param keys secrets of at least 32 characters that encrypt tokens; all nodes need the same. The
 *     first one encrypts, each of them decrypts: to replace a secret, add the new one in front.
 *     Needed with {@code file} and in a cluster
 * @param file file that keeps the tokens of one node over a restart. Without it they are in memory.
 *     In a cluster they are in Redis
 * @param lifetime maximum time between a call that needs a consent and the consent
 * @param keep time after which tokens are deleted that were not refreshed
 */
@ConfigurationProperties("springline.consent")
record ConsentProperties(
        @DefaultValue List<String> keys,
        @Nullable Path file,
        @DefaultValue("10m") Duration lifetime,
        @DefaultValue("90d") Duration keep) {

    private static final int MIN_KEY_LENGTH = 32;

    ConsentProperties {
        keys = List.copyOf(keys);
        if (keys.stream().anyMatch(key -> key.length() < MIN_KEY_LENGTH)) {
            throw new IllegalArgumentException(
                    "springline.consent.keys: each key must have at least %d characters"
                            .formatted(MIN_KEY_LENGTH));
        }
        if (file != null && keys.isEmpty()) {
            throw new IllegalArgumentException(
                    "springline.consent.keys: set a secret, which encrypts the file");
        }
        if (!lifetime.isPositive() || !keep.isPositive()) {
            throw new IllegalArgumentException(
                    "springline.consent.lifetime and keep must be positive");
        }
    }

    /** Contains no secret. */
    @Override
    public String toString() {
        return "ConsentProperties[file=%s, lifetime=%s]".formatted(file, lifetime);
    }
}
