package io.springline.relay.attach;

import io.springline.config.EndpointNames;
import io.springline.relay.Upstreams;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The rules for the names of attached servers. */
final class AttachNames {

    private final Upstreams upstreams;

    AttachNames(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    /**
     * Returns true if no attached server can have the name. By {@code local}, rules mean the
     * features of this service.
     */
    boolean isReserved(String name) {
        return EndpointNames.isReserved(name)
                || name.equalsIgnoreCase("local")
                || upstreams.configuredNames().contains(name);
    }

    /**
     * Returns the name that a server should get as far as is known before its handshake; null if
     * the handshake decides.
     *
     * @param name that it asks for; null if it does not
     */
    static @Nullable String asked(AttachCredential credential, @Nullable String name) {
        return credential.onlyName() != null ? credential.onlyName() : name;
    }

    /** Returns the name that a server should get; null if its token allows none. */
    static @Nullable String wanted(AttachRequest request, String serverName) {
        AttachCredential credential = request.credential();
        String asked = asked(credential, request.name());
        if (asked != null) {
            return asked;
        }
        for (String each : new String[] {slug(serverName), slug(credential.token())}) {
            if (!each.isEmpty() && credential.allows(each)) {
                return each;
            }
        }
        return null;
    }

    /** Returns the name of the nth server that wants this name: {@code git}, {@code git-2}. */
    static String numbered(String wanted, int n) {
        String end = n == 1 ? "" : "-" + n;
        return wanted.substring(
                        0, Math.min(wanted.length(), EndpointNames.MAX_LENGTH - end.length()))
                + end;
    }

    /** Returns the name in lower case, with {@code -} in place of all but letters and digits. */
    static String slug(String name) {
        String plain =
                name.toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9]+", "-")
                        .replaceAll("^-+|-+$", "");
        return plain.substring(0, Math.min(plain.length(), EndpointNames.MAX_LENGTH))
                .replaceAll("-+$", "");
    }
}
