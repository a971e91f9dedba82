package io.springline.audit;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Where the audit log goes.
 *
 * @param file it is switched on, and appended to this file ({@code /dev/stderr} is one, too);
 *     without it, lines go to standard output if {@code logging.level.io.springline.audit} is
 *     {@code info}
 */
@ConfigurationProperties(prefix = "springline.audit", ignoreUnknownFields = false)
record AuditProperties(@Nullable Path file) {}
