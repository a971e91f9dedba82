package io.springline.transport.handshake;

import io.springline.session.Caller;
import io.springline.transport.ClientAddress;
import java.util.Map;

/**
 * Typed access to the attributes of a handshake, which pass the caller, address and permit from the
 * interceptors to the connection.
 */
public final class Handshake {

    private static final String CALLER = "springline.caller";
    private static final String ADDRESS = "springline.address";
    private static final String PERMIT = "springline.permit";

    private Handshake() {}

    public static void caller(Map<String, Object> attributes, Caller caller) {
        attributes.put(CALLER, caller);
    }

    public static Caller caller(Map<String, Object> attributes) {
        return (Caller) attributes.getOrDefault(CALLER, Caller.ANONYMOUS);
    }

    public static void address(Map<String, Object> attributes, ClientAddress address) {
        attributes.put(ADDRESS, address);
    }

    public static ClientAddress address(Map<String, Object> attributes) {
        if (attributes.get(ADDRESS) instanceof ClientAddress address) {
            return address;
        }
        throw new IllegalStateException("a handshake without an address");
    }

    public static void permit(Map<String, Object> attributes, ConnectionPermit permit) {
        attributes.put(PERMIT, permit);
    }

    public static ConnectionPermit permit(Map<String, Object> attributes) {
        if (attributes.get(PERMIT) instanceof ConnectionPermit permit) {
            return permit;
        }
        throw new IllegalStateException("a connection without a permit");
    }
}
