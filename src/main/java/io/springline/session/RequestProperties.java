package io.springline.session;

import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import java.util.List;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * What one connection may ask for. What is beyond a limit is answered with an error; the connection
 * stays.
 *
 * @param maxInFlight most requests of one connection at work at a time, subscriptions not counted;
 *     as many again wait, and the connection is read more slowly, before any is refused
 * @param timeout how long a request may take before it is interrupted and answered with an error
 * @param rate messages of one connection, {@code N/s} with bursts of twice that; requests beyond
 *     are answered with an error, and a client that goes on regardless is closed with 4429
 * @param inputTimeout how long to wait for what a handler asked the client
 * @param maxParked most handlers of modern requests that wait for input at a time, on this node;
 *     one more displaces the oldest of the principal that has most, or is refused if that is who
 *     asks
 * @param maxCallMemory what the params of all calls may take on this node, estimated, from their
 *     arrival until their handlers have returned; half of it for one principal, and always enough
 *     for one call; what is beyond is answered with an error; a quarter of the heap if not set
 * @param maxProcessorsPerPrincipal how many messages of one principal, over all its connections,
 *     are decoded, checked or encoded at a time while another principal is active (has sent a
 *     message in the last ten seconds); anonymous clients are counted by address; while nobody else
 *     is active a principal has all processors; half of them, and at least one, if not set
 * @param stateKeys secrets of at least 32 characters that encrypt {@code requestState}, the same on
 *     all nodes: the first encrypts, each decrypts; without one a random key is made at each start
 */
@Validated
@ConfigurationProperties(prefix = "springline.requests", ignoreUnknownFields = false)
public record RequestProperties(
        @DefaultValue("1024") @Min(1) @Max(100_000) int maxInFlight,
        @DefaultValue("5m") @NotNull @DurationMin(millis = 1) Duration timeout,
        @DefaultValue("1000/s") @NotNull Rate rate,
        @DefaultValue("10m") @NotNull @DurationMin(millis = 1) Duration inputTimeout,
        @DefaultValue("1000") @Min(0) @Max(1_000_000) int maxParked,
        @Nullable DataSize maxCallMemory,
        @Nullable @Min(1) Integer maxProcessorsPerPrincipal,
        @DefaultValue List<String> stateKeys) {

    private static final int MIN_KEY_LENGTH = 32;

    public RequestProperties {
        if (maxCallMemory != null && maxCallMemory.toBytes() < 1024) {
            throw new IllegalArgumentException(
                    "springline.requests.max-call-memory: at least 1KB is needed");
        }
        stateKeys = List.copyOf(stateKeys);
        if (stateKeys.stream().anyMatch(key -> key.length() < MIN_KEY_LENGTH)) {
            throw new IllegalArgumentException(
                    "springline.requests.state-keys: at least %d characters each"
                            .formatted(MIN_KEY_LENGTH));
        }
    }

    /** In bytes. */
    public long callMemory() {
        return maxCallMemory == null
                ? Runtime.getRuntime().maxMemory() / 4
                : maxCallMemory.toBytes();
    }

    int processorsPerPrincipal(int processors) {
        return maxProcessorsPerPrincipal == null
                ? Math.max(1, processors / 2)
                : maxProcessorsPerPrincipal;
    }

    public SessionLimits limits() {
        return new SessionLimits(maxInFlight, timeout, rate);
    }

    /** Without the keys. */
    @Override
    public String toString() {
        return "RequestProperties[maxInFlight=%d, timeout=%s, rate=%s, inputTimeout=%s, maxParked=%d, maxCallMemory=%s, maxProcessorsPerPrincipal=%s]"
                .formatted(
                        maxInFlight,
                        timeout,
                        rate,
                        inputTimeout,
                        maxParked,
                        maxCallMemory,
                        maxProcessorsPerPrincipal);
    }
}
