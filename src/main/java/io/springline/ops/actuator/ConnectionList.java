package io.springline.ops.actuator;

import io.springline.transport.AllConnections;
import io.springline.transport.ConnectionView;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * A filtered, sorted and paged list of the connections of this node. The connections are read at
 * most once a second, independent of the number of readers. Thread-safe.
 */
public final class ConnectionList {

    public static final int PAGE_SIZE = 50;

    private static final long FRESH_NANOS = 1_000_000_000L;

    /** The sort orders; the largest value comes first. */
    public enum Order {
        NEWEST(view -> view.connectedAt().toEpochMilli()),
        OLDEST(view -> -view.connectedAt().toEpochMilli()),
        RTT(view -> view.roundTripMillis() == null ? -1 : view.roundTripMillis()),
        IN_FLIGHT(ConnectionView::inFlight),
        QUEUED(ConnectionView::queuedBytes),
        MESSAGES(view -> view.messagesReceived() + view.messagesSent());

        private final ToDoubleFunction<ConnectionView> key;

        Order(ToDoubleFunction<ConnectionView> key) {
            this.key = key;
        }
    }

    /** A connection with its sort key, which is computed once and not for each comparison. */
    private record Ranked(double key, ConnectionView view) {

        private static final Comparator<Ranked> LARGEST_FIRST =
                (a, b) -> {
                    int byKey = Double.compare(b.key, a.key);
                    return byKey != 0 ? byKey : a.view.id().compareTo(b.view.id());
                };
    }

    /**
     * One page of the list.
     *
     * @param total the number of open connections
     * @param matching the number of connections that match the filter
     * @param page the number of this page, from 0; not greater than the last page
     * @param pages the number of pages, at least 1
     */
    record Page(int total, int matching, int page, int pages, List<ConnectionEntry> connections) {}

    private final AllConnections connections;
    private List<ConnectionView> views = List.of();
    private long readAtNanos = System.nanoTime() - FRESH_NANOS;

    public ConnectionList(AllConnections connections) {
        this.connections = connections;
    }

    /**
     * Returns one page of connections.
     *
     * @param filter matches connections whose id, principal, address, client name, revision or
     *     session contains this text, ignoring case; empty matches all
     * @param page the number of the page, from 0
     */
    public Page page(String filter, Order order, int page) {
        String wanted = filter.strip().toLowerCase(Locale.ROOT);
        List<ConnectionView> all = views();
        List<ConnectionView> matching =
                wanted.isEmpty()
                        ? all
                        : all.stream().filter(view -> matches(view, wanted)).toList();
        int pages = Math.max(1, Math.ceilDiv(matching.size(), PAGE_SIZE));
        int shown = Math.clamp(page, 0, pages - 1);
        return new Page(
                all.size(),
                matching.size(),
                shown,
                pages,
                matching.stream()
                        .map(view -> new Ranked(order.key.applyAsDouble(view), view))
                        .sorted(Ranked.LARGEST_FIRST)
                        .skip((long) shown * PAGE_SIZE)
                        .limit(PAGE_SIZE)
                        .map(ranked -> ConnectionEntry.of(ranked.view))
                        .toList());
    }

    private synchronized List<ConnectionView> views() {
        long now = System.nanoTime();
        if (now - readAtNanos >= FRESH_NANOS) {
            views = List.copyOf(connections.all());
            readAtNanos = now;
        }
        return views;
    }

    private static boolean matches(ConnectionView view, String wanted) {
        return Stream.<Function<ConnectionView, String>>of(
                        ConnectionView::id,
                        each -> each.transport().label(),
                        each -> each.caller().name(),
                        ConnectionView::remoteAddress,
                        each -> each.peer() == null ? "" : String.valueOf(each.peer().name()),
                        each -> each.peer() == null ? "" : each.peer().protocol().wireName(),
                        each -> String.valueOf(each.resumable()))
                .anyMatch(text -> text.apply(view).toLowerCase(Locale.ROOT).contains(wanted));
    }
}
