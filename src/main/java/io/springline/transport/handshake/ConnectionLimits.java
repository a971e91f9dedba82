package io.springline.transport.handshake;

import io.springline.session.Caller;
import io.springline.transport.TransportStatistics.Rejection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Hands out permits to connect and takes them back. A permit counts from before the upgrade, so
 * that many handshakes at once cannot slip through together.
 */
public final class ConnectionLimits implements AdmissionControl {

    /** What became of a client that wants in. */
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
     * @param limitUnauthenticated of clients that have yet to authenticate
     * @param limitUnauthenticatedPerAddress of those, so that one address cannot take all places
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

    /** Anonymous callers are nobody in particular and have no limit of their own. */
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
        int limitOfItsOwn = caller.isUnidentified() ? limitUnauthenticated : limitPerPrincipal;
        return caller.isAnonymous() || byPrincipal.getOrDefault(caller.name(), 0) < limitOfItsOwn;
    }

    /** Its holder has become known; false, with nothing changed, when that one has no room. */
    synchronized boolean identify(ConnectionPermit permit, Caller caller) {
        if (permit.isReleased() || !hasRoom(caller)) {
            return false;
        }
        leavePrincipal(permit);
        byPrincipal.merge(caller.name(), 1, Integer::sum);
        permit.caller(caller);
        return true;
    }

    /** From now on nobody gets in. */
    public synchronized void drain() {
        draining = true;
    }

    @Override
    public synchronized boolean areOpen() {
        return !draining && total < limit;
    }

    /** Whether no permit is out. */
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
