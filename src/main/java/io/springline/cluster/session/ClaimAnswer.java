package io.springline.cluster.session;

import io.lettuce.core.StreamMessage;
import io.springline.cluster.redis.Bytes;
import io.springline.jsonrpc.RequestId;
import io.springline.resume.store.Runner;
import io.springline.resume.store.SessionStore.ForwardedMessage;
import io.springline.resume.store.StoredSession;
import io.springline.session.Outbound;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The answer of {@code claim.lua} if this node owns the session now.
 *
 * @param former the node that owned the session before
 * @param before the number of messages that this owner has in common with the one before
 */
record ClaimAnswer(long fence, String former, long before, StoredSession session) {

    static ClaimAnswer of(List<Object> answer) {
        Map<RequestId, Runner> running = new HashMap<>();
        List<Object> pairs = list(answer.get(6));
        for (int i = 0; i < pairs.size(); i += 2) {
            running.put(id(pairs.get(i)), LeaseRunner.read(bytes(pairs.get(i + 1))));
        }
        List<Outbound> log = new ArrayList<>();
        for (Object entry : list(answer.get(8))) {
            log.add(message(fields(list(list(entry).get(1)))));
        }
        var session =
                new StoredSession(
                        List.of(Bytes.text(bytes(answer.get(9))).split(" ")),
                        StateJson.read(bytes(answer.get(4))),
                        Bytes.number(bytes(answer.get(5))),
                        log,
                        running,
                        list(answer.get(7)).stream().map(ClaimAnswer::id).toList());
        return new ClaimAnswer(
                Bytes.number(bytes(answer.get(2))),
                Bytes.text(bytes(answer.get(3))),
                Bytes.number(bytes(answer.get(10))),
                session);
    }

    static ForwardedMessage arrival(StreamMessage<byte[], byte[]> entry) {
        Map<String, byte[]> fields = new HashMap<>();
        entry.getBody().forEach((name, value) -> fields.put(Bytes.text(name), value));
        return new ForwardedMessage(entry.getId(), message(fields));
    }

    private static Map<String, byte[]> fields(List<Object> pairs) {
        Map<String, byte[]> fields = new HashMap<>();
        for (int i = 0; i < pairs.size(); i += 2) {
            fields.put(Bytes.text(bytes(pairs.get(i))), bytes(pairs.get(i + 1)));
        }
        return fields;
    }

    private static Outbound message(Map<String, byte[]> fields) {
        byte[] kind = fields.get("k");
        Outbound message =
                Outbound.answering(
                        Bytes.id(Objects.requireNonNull(fields.get("a"), "a")),
                        Objects.requireNonNull(fields.get("p"), "p"),
                        kind == null
                                ? Outbound.Kind.ESSENTIAL
                                : Outbound.Kind.valueOf(Bytes.text(kind)));
        // absent in messages that nodes of earlier versions have written
        RequestId cause = Bytes.id(fields.getOrDefault("b", Bytes.NONE));
        return cause == null ? message : message.belongingTo(cause);
    }

    private static RequestId id(Object bytes) {
        return Objects.requireNonNull(Bytes.id(bytes(bytes)), "id");
    }

    private static byte[] bytes(Object answer) {
        return (byte[]) answer;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Object answer) {
        return (List<Object>) answer;
    }
}
