package io.springline.transport.handshake;

import io.springline.session.Caller;
import io.springline.transport.AdmissionControl;
import io.springline.transport.TransportStatistics.Rejection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Limits the open connections of this node: in total, per principal, per address, and without a
 * credential. A permit counts from before the upgrade, so that concurrent handshakes cannot exceed
 * a limit. Thread-safe.
 */
public final class ConnectionLimits implements AdmissionControl {

    /** The result of a request for a permit. */
    public sealed interface Admission {}

    public record Admitted(ConnectionPermit permit) implements Admission {}

    public record Refused(Rejection reason) implements Admission {}

    private final Map<String, Integer> byPrincipal = new HashMap<>();
    private final Map<String, Integer> byAddress = new HashMap<>();
    private final Map<String, Integer> unauthenticatedByAddress = new HashMap<>();
    private final int limit;
    private final int limitPerPrincipal;
    private final int limitPerAddress;
    private final int limitUnauthenticated;
    private final int limitUnauthenticatedPerAddress;
    private int total;
    private boolean draining;

    /**
     * @param limitUnauthenticated of connections that have not authenticated
     * @param limitUnauthenticatedPerAddress of those, per address, so that one address cannot use
     *     them all
     */
    ConnectionLimits(
            int limit,
            int limitPerPrincipal,
            int limitPerAddress,
            int limitUnauthenticated,
            int limitUnauthenticatedPerAddress) {
        this.limit = limit;
        this.limitPerPrincipal = limitPerPrincipal;
        this.limitPerAddress = limitPerAddress;
        this.limitUnauthenticated = limitUnauthenticated;
        this.limitUnauthenticatedPerAddress = limitUnauthenticatedPerAddress;
    }

    /**
     * Returns a permit, or the limit that is reached. Anonymous callers have no limit per
     * principal.
     *
     * @param address the {@link io.springline.transport.ClientAddress#key()} of the client
     */
    public synchronized Admission admit(Caller caller, String address) {
        if (draining) {
            return new Refused(Rejection.DRAINING);
        }
        if (total >= limit) {
            return new Refused(Rejection.TOTAL_LIMIT);
        }
        if (byAddress.getOrDefault(address, 0) >= limitPerAddress) {
            return new Refused(Rejection.ADDRESS_LIMIT);
        }
        if (!hasRoom(caller)) {
            return new Refused(
                    caller.isUnidentified()
                            ? Rejection.UNAUTHENTICATED_LIMIT
                            : Rejection.PRINCIPAL_LIMIT);
        }
        if (caller.isUnidentified()
                && unauthenticatedByAddress.getOrDefault(address, 0)
                        >= limitUnauthenticatedPerAddress) {
            return new Refused(Rejection.ADDRESS_LIMIT);
        }
        total++;
        byPrincipal.merge(caller.name(), 1, Integer::sum);
        byAddress.merge(address, 1, Integer::sum);
        if (caller.isUnidentified()) {
            unauthenticatedByAddress.merge(address, 1, Integer::sum);
        }
        return new Admitted(new ConnectionPermit(this, caller, address));
    }

    private boolean hasRoom(Caller caller) {
        int ownLimit = caller.isUnidentified() ? limitUnauthenticated : limitPerPrincipal;
        return caller.isAnonymous() || byPrincipal.getOrDefault(caller.name(), 0) < ownLimit;
    }

    /**
     * Counts a permit for the principal that its client has authenticated as. Returns false, with
     * nothing changed, if the principal's limit is reached.
     */
    synchronized boolean identify(ConnectionPermit permit, Caller caller) {
        if (permit.isReleased() || !hasRoom(caller)) {
            return false;
        }
        leavePrincipal(permit);
        byPrincipal.merge(caller.name(), 1, Integer::sum);
        permit.caller(caller);
        return true;
    }

    /** Refuses all further connections. */
    public synchronized void drain() {
        draining = true;
    }

    @Override
    public synchronized boolean areOpen() {
        return !draining && total < limit;
    }

    /** Returns true if no permit is in use. */
    public synchronized boolean isUnused() {
        return total == 0;
    }

    synchronized void release(ConnectionPermit permit) {
        total--;
        leavePrincipal(permit);
        byAddress.compute(permit.address(), (_, count) -> lessOne(count));
    }

    private void leavePrincipal(ConnectionPermit permit) {
        byPrincipal.compute(permit.caller().name(), (_, count) -> lessOne(count));
        if (permit.caller().isUnidentified()) {
            unauthenticatedByAddress.compute(permit.address(), (_, count) -> lessOne(count));
        }
    }

    private static @Nullable Integer lessOne(@Nullable Integer count) {
        return count == null || count == 1 ? null : count - 1;
    }
}
