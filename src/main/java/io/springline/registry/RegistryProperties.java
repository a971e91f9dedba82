package io.springline.registry;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/**
 * How this deployment is listed in MCP registries. Needs {@code springline.auth.public-url}; title
 * and version are those of {@code springline.server}.
 *
 * @param name in reverse-DNS form, for example {@code com.example/weather}; the namespace must be
 *     yours. Without it nothing is published
 * @param description what the server does, in at most 100 characters; needed if there is a name
 * @param websiteUrl home page or documentation
 * @param repository source code
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
                    "springline.registry.name: '%s' is not allowed, com.example/name is"
                            .formatted(name));
        }
        if (name != null && description == null) {
            throw new IllegalArgumentException(
                    "springline.registry.description: a server that is listed needs one");
        }
        requireUrl("website-url", websiteUrl);
    }

    /**
     * @param url for browsing and cloning
     * @param source the hosting service, for example {@code github}
     */
    record Repository(@NotBlank String url, @NotBlank String source) {
        Repository {
            requireUrl("repository.url", url);
        }
    }

    private static void requireUrl(String property, @Nullable String url) {
        if (url != null && !URL.matcher(url).matches()) {
            throw new IllegalArgumentException(
                    "springline.registry.%s: '%s' is not allowed, an http(s) URL is"
                            .formatted(property, url));
        }
    }
}
