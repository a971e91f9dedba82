package io.springline.registry;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/**
 * The entry of this deployment in MCP registries. Requires {@code springline.auth.public-url}.
 * Title and version are those of {@code springline.server}.
 *
 * @param name name in reverse-DNS form, for example {@code com.example/weather}; you must own the
 *     domain. If it is not set, no registry documents are served
 * @param description what the server does, in at most 100 characters. Required if {@code name} is
 *     set
 * @param websiteUrl URL of the home page or documentation
 * @param repository repository of the source code
 */
@Validated
@ConfigurationProperties(prefix = "springline.registry", ignoreUnknownFields = false)
record RegistryProperties(
        @Nullable String name,
        @Nullable @Size(min = 1, max = 100) String description,
        @Nullable String websiteUrl,
        @Nullable Repository repository) {

    private static final Pattern NAME =
            Pattern.compile("(?=.{3,200}$)[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+");
    private static final Pattern URL = Pattern.compile("https?://[^\\s\"<>]+");

    RegistryProperties {
        if (name != null && !NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "springline.registry.name: must look like com.example/name, not '%s'"
                            .formatted(name));
        }
        if (name != null && description == null) {
            throw new IllegalArgumentException(
                    "springline.registry.description: must be set, since springline.registry.name is set");
        }
        requireUrl("website-url", websiteUrl);
    }

    /**
     * The repository of the source code.
     *
     * @param url URL for browsing and cloning
     * @param source hosting service, for example {@code github}
     */
    record Repository(@NotBlank String url, @NotBlank String source) {
        Repository {
            requireUrl("repository.url", url);
        }
    }

    private static void requireUrl(String property, @Nullable String url) {
        if (url != null && !URL.matcher(url).matches()) {
            throw new IllegalArgumentException(
                    "springline.registry.%s: must be an http or https URL, not '%s'"
                            .formatted(property, url));
        }
    }
}
