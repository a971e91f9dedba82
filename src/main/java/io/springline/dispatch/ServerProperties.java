package io.springline.dispatch;

import jakarta.validation.constraints.NotBlank;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The name and version that the server sends to clients.
 *
 * @param name name for programs
 * @param title name to display
 * @param version version of this server. If it is not set, the version of the build
 */
@Validated
@ConfigurationProperties(prefix = "springline.server", ignoreUnknownFields = false)
record ServerProperties(
        @DefaultValue("springline") @NotBlank String name,
        @DefaultValue("Springline") String title,
        @Nullable String version) {}
