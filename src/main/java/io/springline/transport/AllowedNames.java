package io.springline.transport;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An allow-list of hosts or origins. An entry is a host name ({@code mcp.example.com}: with any
 * scheme and port), a host with a port, an origin ({@code https://app.example.com}: exactly this
 * one), or {@code *} for everything.
 *
 * @throws IllegalArgumentException if an entry has another form
 */
public record AllowedNames(List<String> entries) {

    private static final String ALL = "*";
    private static final Pattern ENTRY =
            Pattern.compile(
                    "\\*|([a-z][a-z0-9+.-]*://)?([a-z0-9_.-]+|\\[[0-9a-f:.]+])(:[0-9]{1,5})?");

    public AllowedNames {
        entries = entries.stream().map(entry -> entry.strip().toLowerCase(Locale.ROOT)).toList();
        for (String entry : entries) {
            if (!ENTRY.matcher(entry).matches()) {
                throw new IllegalArgumentException(
                        "must be a host, host:port, scheme://host[:port] or *, not '%s'"
                                .formatted(entry));
            }
        }
    }

    public boolean allowsEverything() {
        return entries.contains(ALL);
    }

    public boolean allowsHost(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return allowsEverything() || entries.contains(name) || entries.contains(withoutPort(name));
    }

    /** Returns a list of what both lists allow. */
    AllowedNames intersection(AllowedNames other) {
        return new AllowedNames(
                Stream.concat(
                                entries.stream().filter(other::covers),
                                other.entries.stream().filter(this::covers))
                        .distinct()
                        .toList());
    }

    /** Returns true if this list allows everything that the entry allows. */
    private boolean covers(String entry) {
        return entry.contains("://") ? allowsOrigin(entry) : allowsHost(entry);
    }

    /**
     * Returns true if the origin is allowed. Only {@code *} allows the opaque origin {@code null}.
     */
    public boolean allowsOrigin(String origin) {
        String name = origin.toLowerCase(Locale.ROOT);
        if (allowsEverything() || entries.contains(name)) {
            return true;
        }
        int scheme = name.indexOf("://");
        return scheme > 0 && allowsHost(name.substring(scheme + 3));
    }

    public static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }
}
