package io.springline.relay.attach.connection;

import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests of clients that an attached server has not answered, and the integers that stand for
 * their ids at the server, from 1 upwards: microcontrollers take no other ids. Thread-safe.
 */
final class PendingRequests {

    /** A request of one client. */
    record Pending(AttachedClient client, Request request) {
        RequestId id() {
            return request.id();
        }

        /** A ping asks whether the server is there, whatever it processes. */
        boolean isPing() {
            return request.method().equals("ping");
        }
    }

    private final Map<Integer, Pending> byNumber = new ConcurrentHashMap<>();
    private final Map<RequestId, Integer> numbers = new ConcurrentHashMap<>();
    private final AtomicInteger lastNumber = new AtomicInteger();

    /** Returns the next integer, for a request of a client or of Springline itself. */
    int nextNumber() {
        return lastNumber.updateAndGet(last -> last == Integer.MAX_VALUE ? 1 : last + 1);
    }

    /** Adds a request, and returns its integer. */
    int add(Pending pending) {
        int number = nextNumber();
        byNumber.put(number, pending);
        numbers.put(pending.id(), number);
        return number;
    }

    /** Removes a request, and returns its integer; null if there is no such request. */
    @Nullable Integer remove(RequestId id) {
        Integer number = numbers.remove(id);
        if (number != null) {
            byNumber.remove(number);
        }
        return number;
    }

    @Nullable Pending find(int number) {
        return byNumber.get(number);
    }

    List<Pending> of(AttachedClient client) {
        return byNumber.values().stream().filter(each -> each.client() == client).toList();
    }

    int size() {
        return numbers.size();
    }

    /**
     * Returns the call that a message of the server belongs to, by its progress token; null if it
     * does not say.
     */
    @Nullable Pending call(@Nullable ObjectNode params) {
        if (params == null) {
            return null;
        }
        RequestId token = RequestId.of(params.get("progressToken"));
        RequestId id =
                token == null ? RequestId.of(params.path("_meta").get("progressToken")) : token;
        Integer number = id == null ? null : numbers.get(id);
        return number == null ? null : byNumber.get(number);
    }

    /**
     * Returns the integer that a server has answered with; null if it is something else. Some
     * servers return it as a string.
     */
    static @Nullable Integer number(@Nullable RequestId id) {
        return switch (id) {
            case RequestId.Number(long value) when value > 0 && value <= Integer.MAX_VALUE ->
                    (int) value;
            case RequestId.Text(String text) when text.matches("[1-9][0-9]{0,8}") ->
                    Integer.valueOf(text);
            case null, default -> null;
        };
    }
}
