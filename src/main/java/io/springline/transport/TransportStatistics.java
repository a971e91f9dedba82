package io.springline.transport;

import io.springline.mcp.CloseReason;
import io.springline.session.Outbound;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** Counters of this node's transports since its start. They only increase. Thread-safe. */
public final class TransportStatistics {

    /** The reasons why a handshake is refused. */
    public enum Rejection {
        CONNECTION_RATE,
        HOST,
        ORIGIN,
        UNAUTHENTICATED,
        /** The client has none of the roles that the endpoint requires. */
        ROLE,
        TOTAL_LIMIT,
        PRINCIPAL_LIMIT,
        ADDRESS_LIMIT,
        /** The limit of a curated endpoint is reached. */
        ENDPOINT_LIMIT,
        /** The limit of connections without a credential is reached. */
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
     * Counts a message that was compressed, once for all its receivers.
     *
     * @param saved in bytes; 0 if it is sent uncompressed
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

    /** Returns the number of compressed messages. A broadcast counts once. */
    public long messagesCompressed() {
        return compressed.sum();
    }

    /** Returns the number of bytes that compression has saved. */
    public long bytesSaved() {
        return savedBytes.sum();
    }

    /** Returns the number of connections that were opened. */
    public long totalConnections() {
        return opened.sum();
    }

    public long rejectedBy(Rejection reason) {
        return rejected[reason.ordinal()].sum();
    }

    /** Returns the number of connections that this server closed for the reason. */
    public long closedBy(CloseReason reason) {
        return closed[reason.ordinal()].sum();
    }

    /** Returns the number of connections that the peer or the network closed. */
    public long closedByThePeer() {
        return closedByPeer.sum();
    }

    /** Returns the number of pings that were answered. */
    public long roundTrips() {
        return roundTrips.sum();
    }

    /**
     * Sets the listener for the round-trip times of pings, in nanoseconds. Replaces the former
     * listener. It must return quickly and must not throw.
     */
    public void onRoundTrip(LongConsumer listener) {
        roundTripListener = listener;
    }

    public long droppedOf(Outbound.Kind kind) {
        return dropped[kind.ordinal()].sum();
    }
}
