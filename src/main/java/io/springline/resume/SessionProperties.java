package io.springline.resume;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * What is kept for clients that resume their sessions.
 *
 * @param grace how long a session waits for its client after a cut, at least 1 s
 * @param maxBuffered bytes of unacknowledged messages, and 64 for each, of one session, 1 KB to 1
 *     GB; a single message may be larger
 * @param maxDetached most detached sessions of this node at a time, 0 to 1,000,000; one more ends
 *     the longest detached one of the principal that has most of them
 */
@Validated
@ConfigurationProperties(prefix = "springline.session", ignoreUnknownFields = false)
public record SessionProperties(
        @DefaultValue("2m") @NotNull @DurationMin(seconds = 1) Duration grace,
        @DefaultValue("1MB") @NotNull DataSize maxBuffered,
        @DefaultValue("1000") @Min(0) @Max(1_000_000) int maxDetached) {

    private static final DataSize SMALLEST = DataSize.ofKilobytes(1);
    private static final DataSize LARGEST = DataSize.ofGigabytes(1);

    public SessionProperties {
        if (maxBuffered.compareTo(SMALLEST) < 0 || maxBuffered.compareTo(LARGEST) > 0) {
            throw new IllegalArgumentException(
                    "springline.session.max-buffered: must be 1KB to 1GB, not %s"
                            .formatted(maxBuffered));
        }
    }

    long maxBufferedBytes() {
        return maxBuffered.toBytes();
    }
}
