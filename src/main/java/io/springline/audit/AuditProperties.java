package io.springline.audit;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * The output of the audit log.
 *
 * @param file file to which the audit log is appended, or {@code /dev/stderr}; setting it turns the
 *     audit log on. If it is not set, {@code logging.level.io.springline.audit=info} turns the
 *     audit log on, and it goes to standard output
 */
@ConfigurationProperties(prefix = "springline.audit", ignoreUnknownFields = false)
record AuditProperties(@Nullable Path file) {}
