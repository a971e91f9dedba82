package io.springline.ops;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The console.
 *
 * @param enabled whether there is one, at {@code /console}
 */
@ConfigurationProperties(prefix = "springline.console", ignoreUnknownFields = false)
record ConsoleProperties(@DefaultValue("true") boolean enabled) {}
