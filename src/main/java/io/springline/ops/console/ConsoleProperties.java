package io.springline.ops.console;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The console.
 *
 * @param enabled whether there is one, at {@code /console}
 */
@ConfigurationProperties(prefix = "springline.console", ignoreUnknownFields = false)
public record ConsoleProperties(@DefaultValue("true") boolean enabled) {}
