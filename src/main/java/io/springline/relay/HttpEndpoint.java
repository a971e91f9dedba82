package io.springline.relay;

import java.net.URI;
import java.net.http.HttpRequest;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Where an upstream listens for Streamable HTTP.
 *
 * @param url absolute, http or https, without user info and fragment
 * @param headers sent with every request, such as {@code Authorization}: their values are secrets
 * @throws IllegalArgumentException naming what is wrong, never a header's value
 */
record HttpEndpoint(URI url, Map<String, String> headers) {

    private static final Set<String> OURS =
            Set.of("accept", "content-type", "last-event-id", "cache-control");

    HttpEndpoint {
        headers = Map.copyOf(headers);
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https") || url.getHost() == null) {
            throw new IllegalArgumentException("an upstream's url is an absolute http(s) URL");
        }
        if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "an upstream's url has no user info (use a header) and no fragment");
        }
        headers.forEach((name, value) -> check(url, name, value));
    }

    private static void check(URI url, String name, String value) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (OURS.contains(lower) || lower.startsWith("mcp-")) {
            throw new IllegalArgumentException(
                    "the header '%s' is set by the protocol".formatted(name));
        }
        try {
            HttpRequest.newBuilder(url).setHeader(name, value);
        } catch (IllegalArgumentException e) {
            // its message may hold the value
            throw new IllegalArgumentException(
                    "the header '%s' cannot be sent: its name or value is not allowed"
                            .formatted(name));
        }
    }

    @Override
    public String toString() {
        return "%s %s".formatted(url, headers.keySet());
    }
}
