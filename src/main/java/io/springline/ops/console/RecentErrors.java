package io.springline.ops.console;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.springline.dispatch.call.RequestObserver;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.mcp.McpMethod;
import io.springline.ops.metrics.RootLog;
import io.springline.session.Caller;
import io.springline.session.limit.LruMap;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The most recent errors: error responses to requests, and log events of level WARN or ERROR. Equal
 * errors are one entry with a count, so that a client that repeats an error does not displace the
 * others. Log events are equal if their message is, regardless of its arguments. Thread-safe.
 */
final class RecentErrors extends AppenderBase<ILoggingEvent> implements RequestObserver {

    static final int MAX_FAULTS = 50;

    private static final int MAX_TEXT = 300;

    /**
     * One error.
     *
     * @param at the time of the last occurrence
     * @param source {@code request}; or {@code warning} or {@code error} for a log event
     * @param what the method, or the simple name of the logger
     * @param principal the principal that sent the request, or null
     * @param count the number of occurrences
     */
    record Fault(
            Instant at,
            String source,
            String what,
            @Nullable String principal,
            String text,
            long count) {}

    private record Key(String source, String what, @Nullable String principal, String same) {}

    private final Map<Key, Fault> faults = new LruMap<>(MAX_FAULTS);

    /** Starts receiving log events, until {@link #close}. */
    RecentErrors open() {
        RootLog.attach("recent-errors", this);
        return this;
    }

    void close() {
        RootLog.detach(this);
    }

    /** Returns all entries, the latest first. */
    List<Fault> latest() {
        synchronized (faults) {
            return new ArrayList<>(faults.values()).reversed();
        }
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (!event.getLevel().isGreaterOrEqual(Level.WARN)) {
            return;
        }
        String name = event.getLoggerName();
        var text = new StringBuilder(event.getFormattedMessage());
        if (event.getKeyValuePairs() != null) {
            event.getKeyValuePairs().forEach(pair -> text.append(' ').append(pair));
        }
        if (event.getThrowableProxy() != null) {
            text.append(": ").append(event.getThrowableProxy().getClassName());
        }
        add(
                event.getLevel() == Level.WARN ? "warning" : "error",
                name.substring(name.lastIndexOf('.') + 1),
                null,
                event.getMessage(),
                text.toString());
    }

    @Override
    public void failed(McpMethod method, Caller caller, JsonRpcError error) {
        add("request", method.wireName(), caller.name(), text(error), text(error));
    }

    @Override
    public void refused(ErrorResponse response) {
        add("request", "refused", null, text(response.error()), text(response.error()));
    }

    private static String text(JsonRpcError error) {
        return error.code() + " " + error.message();
    }

    /**
     * Adds an error, or counts it if an equal one exists.
     *
     * @param same the text by which errors of the same source, subject and principal are compared
     */
    private void add(
            String source, String what, @Nullable String principal, String same, String text) {
        var key = new Key(source, what, principal, shortened(same));
        synchronized (faults) {
            Fault before = faults.get(key);
            long count = before == null ? 1 : before.count + 1;
            faults.put(
                    key, new Fault(Instant.now(), source, what, principal, shortened(text), count));
        }
    }

    private static String shortened(String text) {
        return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) + "…" : text;
    }
}
