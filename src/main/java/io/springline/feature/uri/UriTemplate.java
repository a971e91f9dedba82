package io.springline.feature.uri;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Matches URIs against an RFC 6570 template. Of its expressions {@code {name}} and {@code {+name}}
 * are understood: {@code {name}} matches text without {@code /}, {@code ?} and {@code #}, {@code
 * {+name}} any text. RE2/J does the matching, so the time is proportional to the length of the URI.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6570">RFC 6570</a>
 */
public final class UriTemplate {

    private static final Pattern EXPRESSION = Pattern.compile("\\{(\\+?)([A-Za-z0-9_.]+)}");

    private final Pattern pattern;
    private final List<String> names = new ArrayList<>();

    /**
     * @throws IllegalArgumentException if the template has another kind of expression
     */
    public UriTemplate(String template) {
        var regex = new StringBuilder();
        Matcher expressions = EXPRESSION.matcher(template);
        int end = 0;
        while (expressions.find()) {
            regex.append(literal(template, end, expressions.start()));
            regex.append(expressions.group(1).isEmpty() ? "([^/?#]+)" : "(.+)");
            names.add(expressions.group(2));
            end = expressions.end();
        }
        pattern =
                Pattern.compile(regex.append(literal(template, end, template.length())).toString());
    }

    private static String literal(String template, int from, int to) {
        String text = template.substring(from, to);
        if (text.contains("{") || text.contains("}")) {
            throw new IllegalArgumentException(
                    "URI template '%s': only {name} and {+name} are supported".formatted(template));
        }
        return Pattern.quote(text);
    }

    /** Returns the decoded values by name, or empty if {@code uri} does not match. */
    public Optional<Map<String, String>> match(String uri) {
        Matcher matcher = pattern.matcher(uri);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        var values = new LinkedHashMap<String, String>();
        for (int i = 0; i < names.size(); i++) {
            values.put(names.get(i), decoded(matcher.group(i + 1)));
        }
        return Optional.of(values);
    }

    private static String decoded(String value) {
        try {
            return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformedEscape) {
            return value;
        }
    }
}
