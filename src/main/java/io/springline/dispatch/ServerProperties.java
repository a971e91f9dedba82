package io.springline.dispatch;

import jakarta.validation.constraints.NotBlank;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What the server calls itself towards clients.
 *
 * @param name for programs
 * @param title for people
 * @param version of this server; the version of the build when absent
 */
@Validated
@ConfigurationProperties(prefix = "springline.server", ignoreUnknownFields = false)
record ServerProperties(
        @DefaultValue("springline") @NotBlank String name,
        @DefaultValue("Springline") String title,
        @Nullable String version) {}
