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
 * The connections by pages. However many look at them, they are looked up once a second. Safe for
 * use by many threads.
 */
public final class ConnectionList {

    public static final int PAGE_SIZE = 50;

    private static final long FRESH_NANOS = 1_000_000_000L;

    /** By what they may be sorted: the largest, longest or most first. */
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

    /** With its key, which is not worked out for each comparison. */
    private record Ranked(double key, ConnectionView view) {

        private static final Comparator<Ranked> LARGEST_FIRST =
                (a, b) -> {
                    int byKey = Double.compare(b.key, a.key);
                    return byKey != 0 ? byKey : a.view.id().compareTo(b.view.id());
                };
    }

    /**
     * @param total open connections
     * @param matching those that the filter lets through
     * @param page from 0; the last one when there are fewer
     * @param pages at least 1
     */
    record Page(int total, int matching, int page, int pages, List<ConnectionEntry> connections) {}

    private final AllConnections connections;
    private List<ConnectionView> views = List.of();
    private long readAtNanos = System.nanoTime() - FRESH_NANOS;

    public ConnectionList(AllConnections connections) {
        this.connections = connections;
    }

    /**
     * @param filter that one of the texts of a connection must contain, in any case; empty for all
     * @param page from 0
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
