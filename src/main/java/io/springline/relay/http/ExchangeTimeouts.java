package io.springline.relay.http;

import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.CyclicTimeouts;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * The deadlines of the exchanges with one upstream. One timer serves all of them, and runs on when
 * they end in time. Thread-safe.
 */
final class ExchangeTimeouts extends CyclicTimeouts<HttpExchange> {

    private final Set<HttpExchange> limited = ConcurrentHashMap.newKeySet();

    ExchangeTimeouts(Scheduler scheduler) {
        super(scheduler);
    }

    /** Ends the exchange at its deadline. */
    void add(HttpExchange exchange) {
        limited.add(exchange);
        schedule(exchange);
    }

    void remove(HttpExchange exchange) {
        limited.remove(exchange);
    }

    @Override
    protected Iterator<HttpExchange> iterator() {
        return limited.iterator();
    }

    @Override
    protected boolean onExpired(HttpExchange exchange) {
        exchange.expire();
        // The exchange removes itself, and may have added itself again by now.
        return false;
    }
}
