package io.springline.ops.console;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The console, a web page for operators.
 *
 * @param enabled whether the console is served at {@code /console}. The service sets true
 */
@ConfigurationProperties(prefix = "springline.console", ignoreUnknownFields = false)
public record ConsoleProperties(@DefaultValue("false") boolean enabled) {}
