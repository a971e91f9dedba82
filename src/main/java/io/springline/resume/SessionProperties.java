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
 * Limits of resumable sessions.
 *
 * @param grace time for which a detached session is kept for its client, at least 1 s
 * @param maxBuffered maximum size of the unacknowledged messages of one session, counting 64 bytes
 *     of overhead per message; 1 KB to 1 GB. A single message may be larger
 * @param maxDetached maximum number of detached sessions on this node, 0 to 1,000,000. One more
 *     ends the session that has been detached longest, of the principal with the most detached
 *     sessions
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
