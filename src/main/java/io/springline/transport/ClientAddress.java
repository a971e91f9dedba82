package io.springline.transport;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The network address of a client.
 *
 * @param ip the address that {@link TrustedProxies} has determined
 * @param port null if the client is behind a proxy
 */
public record ClientAddress(InetAddress ip, @Nullable Integer port) {

    /**
     * Limits count an IPv6 client by its /64 network, whose other addresses it can choose freely.
     */
    private static final int NETWORK_BYTES = 8;

    /** Returns the key by which limits count this client. */
    public String key() {
        return ip instanceof Inet6Address
                ? HexFormat.of().formatHex(ip.getAddress(), 0, NETWORK_BYTES)
                : ip.getHostAddress();
    }

    /** Returns the address and port, for logs and operators. */
    @Override
    public String toString() {
        return port == null ? ip.getHostAddress() : ip.getHostAddress() + ":" + port;
    }
}
