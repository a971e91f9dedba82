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
 * Limits for the requests of clients. A request beyond a limit fails with an error, and the
 * connection stays open.
 *
 * @param maxInFlight maximum number of requests of one connection that run at a time, without
 *     subscriptions. The same number of requests can wait; meanwhile the connection is read more
 *     slowly. Further requests fail with an error
 * @param timeout maximum duration of a request, without the time in which its handler waits for
 *     input of the client. After that, its handler is interrupted, and the request fails with an
 *     error
 * @param rate rate limit for the messages of one connection: {@code N/s}, with a burst of 2 N.
 *     Requests beyond it fail with an error; if the client continues, its connection is closed with
 *     4429
 * @param inputTimeout timeout for the client's response to a request of a handler, such as
 *     elicitation or sampling
 * @param maxParked maximum number of handlers on this node that wait for input of a modern client.
 *     One more ends the oldest wait of the principal with the most waits; if no other principal has
 *     more waits than the caller, the new wait is refused
 * @param maxCallMemory maximum estimated memory on this node for the params of calls, from their
 *     arrival until their handlers return. One authenticated principal can use half of it, and one
 *     call of each principal is always admitted. Calls beyond it fail with an error. If it is not
 *     set, a quarter of the heap
 * @param maxUnreadMemory maximum estimated memory on this node for results and other messages that
 *     clients have not read, over WebSocket and HTTP and for resumable sessions. If one principal
 *     uses a quarter of it, its connections with unread messages are held back, and closed with
 *     1013 if they read nothing for {@code springline.websocket.write-timeout}; above half, results
 *     are dropped and their calls fail with an error. One result of each principal is always
 *     admitted. Anonymous clients are counted by address. If it is not set, a quarter of the heap
 * @param maxProcessorsPerPrincipal maximum number of messages of one principal, on all its
 *     connections, that are decoded, validated or encoded at a time. Applies while another
 *     principal is active, that is, has sent a message within the last ten seconds. Anonymous
 *     clients are counted by address. If it is not set, half of the processors, and at least one
 * @param stateKeys secrets of at least 32 characters that encrypt {@code requestState} and the ids
 *     of tasks of upstreams; all nodes need the same. The first one encrypts, all of them decrypt.
 *     If empty, each start creates a random key for {@code requestState}, and Springline waits for
 *     tasks of upstreams
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
        @Nullable DataSize maxUnreadMemory,
        @Nullable @Min(1) Integer maxProcessorsPerPrincipal,
        @DefaultValue List<String> stateKeys) {

    private static final int MIN_KEY_LENGTH = 32;

    public RequestProperties {
        if (maxCallMemory != null && maxCallMemory.toBytes() < 1024) {
            throw new IllegalArgumentException(
                    "springline.requests.max-call-memory: must be at least 1KB, not %s"
                            .formatted(maxCallMemory));
        }
        if (maxUnreadMemory != null && maxUnreadMemory.toBytes() < 1024 * 1024) {
            throw new IllegalArgumentException(
                    "springline.requests.max-unread-memory: must be at least 1MB, not %s"
                            .formatted(maxUnreadMemory));
        }
        stateKeys = List.copyOf(stateKeys);
        if (stateKeys.stream().anyMatch(key -> key.length() < MIN_KEY_LENGTH)) {
            throw new IllegalArgumentException(
                    "springline.requests.state-keys: each key must have at least %d characters"
                            .formatted(MIN_KEY_LENGTH));
        }
    }

    /** Returns the configured or default maximum memory for calls, in bytes. */
    public long callMemory() {
        return bytesOrQuarterOfHeap(maxCallMemory);
    }

    /** Returns the configured or default maximum memory for unread messages, in bytes. */
    long unreadMemory() {
        return bytesOrQuarterOfHeap(maxUnreadMemory);
    }

    private static long bytesOrQuarterOfHeap(@Nullable DataSize size) {
        return size == null ? Runtime.getRuntime().maxMemory() / 4 : size.toBytes();
    }

    int processorsPerPrincipal(int processors) {
        return maxProcessorsPerPrincipal == null
                ? Math.max(1, processors / 2)
                : maxProcessorsPerPrincipal;
    }

    public SessionLimits limits() {
        return new SessionLimits(maxInFlight, timeout, rate);
    }

    /** Contains no key. */
    @Override
    public String toString() {
        return "RequestProperties[maxInFlight=%d, timeout=%s, rate=%s, inputTimeout=%s, maxParked=%d, maxCallMemory=%s, maxUnreadMemory=%s, maxProcessorsPerPrincipal=%s]"
                .formatted(
                        maxInFlight,
                        timeout,
                        rate,
                        inputTimeout,
                        maxParked,
                        maxCallMemory,
                        maxUnreadMemory,
                        maxProcessorsPerPrincipal);
    }
}
