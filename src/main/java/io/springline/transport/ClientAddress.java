package io.springline.transport;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Where a client is.
 *
 * @param ip as far as proxies can be believed
 * @param port null when a proxy stands between
 */
public record ClientAddress(InetAddress ip, @Nullable Integer port) {

    /** Of an IPv6 address, the first half belongs to one client, who may choose the rest. */
    private static final int NETWORK_BYTES = 8;

    /** Under which limits count it. */
    public String key() {
        return ip instanceof Inet6Address
                ? HexFormat.of().formatHex(ip.getAddress(), 0, NETWORK_BYTES)
                : ip.getHostAddress();
    }

    /** For operators. */
    @Override
    public String toString() {
        return port == null ? ip.getHostAddress() : ip.getHostAddress() + ":" + port;
    }
}
