package io.springline.relay.upstream;

import io.springline.concurrent.CoalescedTask;
import io.springline.relay.catalogue.CatalogueReader;
import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.catalogue.UpstreamCatalogue.Entries;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.client.LostException;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;
import tools.jackson.databind.node.ObjectNode;

/**
 * The lists of one upstream, read again after each change notification.
 *
 * <p>Each list is read on a thread of its own, one read at a time. A burst of notifications leads
 * to one further read, and continuous notifications to one read every {@link #LONGEST_PAUSE}. If a
 * list cannot be read, the last version stays and the read is retried with back-off. Thread-safe.
 */
final class UpstreamLists implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(UpstreamLists.class);

    /** The shortest pause between two reads of one list. */
    static final Duration SHORTEST_PAUSE = Duration.ofMillis(250);

    static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LONGEST_RETRY = Duration.ofMinutes(5);

    /** Filters a list after it was read. */
    @FunctionalInterface
    interface Filter {
        Entries apply(UpstreamConnection from, CatalogueList list, Entries read);
    }

    private final String name;
    private final Duration timeout;
    private final Supplier<@Nullable UpstreamConnection> current;
    private final Filter filter;
    private final Consumer<CatalogueList> changed;
    private final AtomicReference<UpstreamCatalogue> catalogue =
            new AtomicReference<>(UpstreamCatalogue.EMPTY);
    private final Map<CatalogueList, CoalescedTask> readings = new EnumMap<>(CatalogueList.class);

    /**
     * Creates empty lists.
     *
     * @param name of the upstream
     * @param timeout of one page
     * @param current returns the connection; null if there is none
     * @param changed called when a list changed, on the thread that read it
     */
    UpstreamLists(
            String name,
            Duration timeout,
            Supplier<@Nullable UpstreamConnection> current,
            Filter filter,
            Consumer<CatalogueList> changed) {
        this.name = name;
        this.timeout = timeout;
        this.current = current;
        this.filter = filter;
        this.changed = changed;
        for (CatalogueList list : CatalogueList.values()) {
            readings.put(list, reading(list));
        }
    }

    private CoalescedTask reading(CatalogueList list) {
        var backOff = new ExponentialBackOff(FIRST_RETRY.toMillis(), 2);
        backOff.setMaxInterval(LONGEST_RETRY.toMillis());
        backOff.setJitter(FIRST_RETRY.toMillis() / 4);
        var retries = new AtomicReference<BackOffExecution>(backOff.start());
        return new CoalescedTask(
                "upstream-%s %s".formatted(name, list.method()),
                SHORTEST_PAUSE,
                LONGEST_PAUSE,
                () -> {
                    if (read(list)) {
                        retries.set(backOff.start());
                    } else {
                        retry(list, Duration.ofMillis(retries.get().nextBackOff()));
                    }
                });
    }

    UpstreamCatalogue catalogue() {
        return catalogue.get();
    }

    /** Requests a read of all lists; the result completes after the reads, successful or not. */
    CompletableFuture<Void> readAll() {
        return CompletableFuture.allOf(
                readings.values().stream()
                        .map(CoalescedTask::request)
                        .toArray(CompletableFuture<?>[]::new));
    }

    /** Requests a read of one list. Does not block. */
    void changed(CatalogueList list) {
        task(list).request();
    }

    /** Removes all lists. */
    void forget() {
        UpstreamCatalogue before = catalogue.getAndSet(UpstreamCatalogue.EMPTY);
        before.lists().keySet().forEach(changed);
    }

    private CoalescedTask task(CatalogueList list) {
        return Objects.requireNonNull(readings.get(list));
    }

    private void retry(CatalogueList list, Duration delay) {
        task(list).requestAfter(delay);
    }

    /** Reads a list; returns false if the read should be retried. */
    private boolean read(CatalogueList list) throws InterruptedException {
        UpstreamConnection from = current.get();
        if (from == null) {
            return true;
        }
        Entries before = catalogue.get().list(list);
        Entries now;
        try {
            now = filter.apply(from, list, CatalogueReader.read(from, list, timeout));
        } catch (LostException e) {
            log.debug("Upstream '{}': {} not read: {}", name, list.method(), e.getMessage());
            return true; // all lists are read after the reconnect
        } catch (RuntimeException e) {
            if (!from.client().isOpen()) {
                return true;
            }
            now = before.afterFailure(reason(e));
        }
        report(before, now);
        publish(list, now, from);
        return !now.failed();
    }

    private static String reason(RuntimeException e) {
        return e instanceof UpstreamException ? String.valueOf(e.getMessage()) : e.toString();
    }

    private void publish(CatalogueList list, Entries now, UpstreamConnection from) {
        ObjectNode all = from.capabilities();
        UpstreamCatalogue before =
                catalogue.getAndUpdate(known -> known.with(list, now, all, from.instructions()));
        if (!before.list(list).entries().equals(now.entries())
                || !before.capabilities().equals(all)) {
            changed.accept(list);
        }
    }

    /** Logs the notes and failures that are new since the last read. */
    private void report(Entries before, Entries now) {
        var known = new HashSet<>(before.notes());
        for (String note : now.notes()) {
            if (known.add(note)) {
                log.warn("Upstream '{}': {}", name, note);
            }
        }
        String trouble = now.trouble();
        if (trouble != null && !trouble.equals(before.trouble())) {
            log.warn("Upstream '{}': {}", name, trouble);
        } else if (trouble == null && before.trouble() != null) {
            log.info("Upstream '{}': resolved: {}", name, before.trouble());
        }
    }

    @Override
    public void close() {
        readings.values().forEach(CoalescedTask::close);
    }
}
