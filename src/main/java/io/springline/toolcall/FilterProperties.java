package io.springline.toolcall;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.springline.feature.ToolCallFilter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Built-in filters of tool results. All are off by default.
 *
 * @param redactSecrets whether texts in results that look like secrets are replaced by {@code
 *     [redacted]}: private keys, JWTs, bearer tokens, and keys of well-known services
 * @param redactPatterns regular expressions (RE2 syntax); texts in results that match one of them
 *     are replaced by {@code [redacted]}
 * @param maxResultSize maximum size of a tool result, as JSON in UTF-8. A longer result is cut, and
 *     a text at its end says so. If it is not set, the size is not limited
 */
@ConfigurationProperties(prefix = "springline.filters", ignoreUnknownFields = false)
record FilterProperties(
        @DefaultValue("false") boolean redactSecrets,
        @DefaultValue List<String> redactPatterns,
        @Nullable DataSize maxResultSize) {

    /** The largest program of one expression, in instructions. Bounds the time per character. */
    private static final int MAX_PROGRAM_SIZE = 2000;

    FilterProperties {
        redactPatterns = List.copyOf(redactPatterns);
        for (int i = 0; i < redactPatterns.size(); i++) {
            check("springline.filters.redact-patterns[%d]".formatted(i), redactPatterns.get(i));
        }
        if (maxResultSize != null && maxResultSize.toBytes() < ResultSizeLimit.MIN_BYTES) {
            throw new IllegalArgumentException(
                    "springline.filters.max-result-size: must be at least %d bytes, not %s"
                            .formatted(ResultSizeLimit.MIN_BYTES, maxResultSize));
        }
    }

    private static void check(String key, String regex) {
        Pattern pattern;
        try {
            pattern = Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "%s: '%s' is not a regular expression in RE2 syntax: %s"
                            .formatted(key, regex, e.getDescription()),
                    e);
        }
        if (pattern.programSize() > MAX_PROGRAM_SIZE) {
            throw new IllegalArgumentException(
                    "%s: '%s' is too large. Use fewer or smaller repetitions"
                            .formatted(key, regex));
        }
        if (pattern.matches("")) {
            throw new IllegalArgumentException(
                    "%s: '%s' matches an empty text".formatted(key, regex));
        }
    }

    /** Returns the filters that are on. They see results after all other filters. */
    List<ToolCallFilter> filters() {
        var filters = new ArrayList<ToolCallFilter>();
        if (maxResultSize != null) {
            filters.add(new ResultSizeLimit(maxResultSize.toBytes()));
        }
        if (redactSecrets || !redactPatterns.isEmpty()) {
            filters.add(SecretRedaction.of(redactSecrets, redactPatterns));
        }
        return filters;
    }
}
