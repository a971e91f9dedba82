package io.springline.transport;

import io.springline.mcp.CloseReason;
import io.springline.session.Outbound;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** What the transport of this node has done since it started. Counters only grow. */
public final class TransportStatistics {

    /** Why a handshake was turned away. */
    public enum Rejection {
        CONNECTION_RATE,
        HOST,
        ORIGIN,
        UNAUTHENTICATED,
        TOTAL_LIMIT,
        PRINCIPAL_LIMIT,
        ADDRESS_LIMIT,
        /** Of connections that have yet to say who they are. */
        UNAUTHENTICATED_LIMIT,
        DRAINING
    }

    private final LongAdder received = new LongAdder();
    private final LongAdder sent = new LongAdder();
    private final LongAdder opened = new LongAdder();
    private final LongAdder closedByPeer = new LongAdder();
    private final LongAdder compressed = new LongAdder();
    private final LongAdder savedBytes = new LongAdder();
    private final LongAdder roundTrips = new LongAdder();
    private volatile LongConsumer roundTripListener = _ -> {};
    private final LongAdder[] rejected = adders(Rejection.values().length);
    private final LongAdder[] closed = adders(CloseReason.values().length);
    private final LongAdder[] dropped = adders(Outbound.Kind.values().length);

    private static LongAdder[] adders(int count) {
        return Stream.generate(LongAdder::new).limit(count).toArray(LongAdder[]::new);
    }

    public void received() {
        received.increment();
    }

    public void sent() {
        sent.increment();
    }

    /**
     * A message was compressed, once for all its receivers.
     *
     * @param saved in bytes, 0 where it is sent as it was
     */
    public void compressed(long saved) {
        compressed.increment();
        savedBytes.add(saved);
    }

    public void opened() {
        opened.increment();
    }

    public void rejected(Rejection reason) {
        rejected[reason.ordinal()].increment();
    }

    public void closed(CloseReason reason) {
        closed[reason.ordinal()].increment();
    }

    public void closedByPeer() {
        closedByPeer.increment();
    }

    public void roundTrip(long nanos) {
        roundTrips.increment();
        roundTripListener.accept(nanos);
    }

    public void dropped(Outbound.Kind kind) {
        dropped[kind.ordinal()].increment();
    }

    public long messagesReceived() {
        return received.sum();
    }

    public long messagesSent() {
        return sent.sum();
    }

    /** Messages that were compressed; a broadcast is one. */
    public long messagesCompressed() {
        return compressed.sum();
    }

    /** By how much that made them smaller, in bytes. */
    public long bytesSaved() {
        return savedBytes.sum();
    }

    /** Connections ever opened. */
    public long totalConnections() {
        return opened.sum();
    }

    public long rejectedBy(Rejection reason) {
        return rejected[reason.ordinal()].sum();
    }

    /** Connections that this server closed. */
    public long closedBy(CloseReason reason) {
        return closed[reason.ordinal()].sum();
    }

    /** Connections that the peer or the network closed. */
    public long closedByThePeer() {
        return closedByPeer.sum();
    }

    /** Pings that were answered. */
    public long roundTrips() {
        return roundTrips.sum();
    }

    /**
     * From now on tells {@code listener} how long each of them took, in nanoseconds, and nobody who
     * listened before. It must be quick and must not throw.
     */
    public void onRoundTrip(LongConsumer listener) {
        roundTripListener = listener;
    }

    public long droppedOf(Outbound.Kind kind) {
        return dropped[kind.ordinal()].sum();
    }
}
