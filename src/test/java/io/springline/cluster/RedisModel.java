package io.springline.cluster;

import io.lettuce.core.StreamMessage;
import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Script;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What Redis keeps, and what the scripts do with it, in Java: {@code RedisModelIT} compares it with
 * a real server. Keys of sessions do not expire. Thread-safe.
 */
final class RedisModel {

    /** One session: a hash, and what its other keys hold. Text is ISO 8859-1, one byte each. */
    private static final class Session {
        final Map<String, String> fields = new HashMap<>();
        final TreeMap<Long, String[]> log = new TreeMap<>();
        final Map<String, String> running = new LinkedHashMap<>();
        final Map<String, Long> settled = new HashMap<>();
        final Map<String, String[]> arrivals = new LinkedHashMap<>();

        long number(String field) {
            return Long.parseLong(fields.getOrDefault(field, "0"));
        }

        void settle(String request) {
            fields.put("clock", Long.toString(number("clock") + 1));
            settled.put(request, number("clock"));
        }

        List<String> settledInOrder() {
            return settled.entrySet().stream()
                    .sorted(Map.Entry.comparingByValue())
                    .map(Map.Entry::getKey)
                    .toList();
        }
    }

    private final Map<String, Session> sessions = new HashMap<>();
    private final Map<String, Long> nodes = new HashMap<>();
    private final List<Lapse> lapses = new ArrayList<>();
    private long entries;

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** As after a restart without persistence. */
    synchronized void clear() {
        sessions.clear();
        nodes.clear();
    }

    /** What the script answers, in the types of the client library. */
    synchronized Object run(Script script, byte[][] keys, List<byte[]> arguments, long nowMillis) {
        String key = text(keys[0]);
        List<String> values = arguments.stream().map(RedisModel::text).toList();
        return switch (script) {
            case CLAIM -> claim(sessions.get(key), values, nowMillis);
            case FORWARD -> bytes(forward(sessions.get(key), values));
            case PUSH -> bytes(push(key, values));
            case RUNNER -> bytes(runner(sessions.get(key), values));
            case WRITE -> bytes(write(sessions.get(key), values));
            case TASK,
                    READ_TASK,
                    LIST_TASKS,
                    REMOVE_TASK,
                    TOKEN,
                    RATE,
                    HOLD,
                    CONSENT,
                    RECORD,
                    RECORDS ->
                    throw new UnsupportedOperationException("no session: " + script);
        };
    }

    private static String runner(@Nullable Session session, List<String> values) {
        long former = Long.parseLong(values.get(1).split(":")[0]);
        if (session == null
                || !session.fields.containsKey("ended") && session.number("fence") <= former) {
            return "missing";
        }
        return values.get(1).equals(session.running.get(values.get(0))) ? "yes" : "no";
    }

    private static Object claim(@Nullable Session session, List<String> values, long nowMillis) {
        byte[] now = Bytes.of(nowMillis);
        if (nowMillis > Long.parseLong(values.get(8))) {
            return List.of(bytes("late"), now);
        }
        if (session != null && session.number("format") > Long.parseLong(values.get(11))) {
            return List.of(bytes("newer"), now, bytes(session.fields.get("format")));
        }
        List<String> tokens =
                session == null
                        ? List.of()
                        : List.of(session.fields.getOrDefault("tokens", "").split(" "));
        if (session == null || !tokens.contains(values.get(0))) {
            return List.of(bytes("unknown"), now);
        }
        Map<String, String> fields = session.fields;
        if (!values.get(2).equals(fields.get("principal"))) {
            return List.of(bytes("not-yours"), now);
        }
        if (!values.get(3).equals(fields.get("endpoint"))
                || !values.get(4).equals(fields.get("epoch"))) {
            return List.of(bytes("unknown"), now);
        }
        String ended = fields.get("ended");
        if (ended != null) {
            return List.of(bytes(ended), now);
        }
        long granter = Long.parseLong(values.get(10));
        long received = Long.parseLong(values.get(5));
        String common = fields.get("before" + (granter + 1));
        String before = null;
        if (granter > 0
                && granter < session.number("fence")
                && common != null
                && received > Long.parseLong(common)) {
            before = fields.get("sent");
            renumber(session, Long.parseLong(common), received);
            fields.put("before" + (granter + 1), Long.toString(received));
        }
        if (received < session.number("acknowledged")) {
            return List.of(bytes("overflow"), now);
        }
        var kept = new ArrayList<>(List.of(values.get(1), values.get(0)));
        tokens.stream()
                .filter(token -> !token.equals(values.get(0)) && kept.size() < 16)
                .forEach(kept::add);
        fields.put("format", values.get(11));
        String former = fields.put("node", values.get(6));
        long fence = session.number("fence") + 1;
        fields.put("fence", Long.toString(fence));
        if (before == null) {
            long known = Long.parseLong(values.get(9));
            before = Long.toString(Math.max(known, session.number("sent")));
        }
        fields.put("before" + fence, before);
        fields.remove("before" + (fence - 8));
        fields.put("tokens", String.join(" ", kept));
        List<Object> running = new ArrayList<>();
        session.running.forEach((request, node) -> {
            running.add(bytes(request));
            running.add(bytes(node));
        });
        List<Object> log = new ArrayList<>();
        session.log.forEach((number, entry) ->
                log.add(
                        List.of(
                                bytes(number + "-0"),
                                List.of(
                                        bytes("a"),
                                        bytes(entry[0]),
                                        bytes("p"),
                                        bytes(entry[1]),
                                        bytes("b"),
                                        bytes(entry[2])))));
        return List.of(
                bytes("ok"),
                now,
                bytes(fields.get("fence")),
                bytes(String.valueOf(former)),
                bytes(fields.get("state")),
                bytes(fields.get("acknowledged")),
                running,
                session.settledInOrder().stream().map(RedisModel::bytes).toList(),
                log,
                bytes(fields.get("tokens")),
                bytes(before));
    }

    private static void renumber(Session session, long common, long received) {
        var unknown = new ArrayList<>(session.log.tailMap(common, false).values());
        session.log.headMap(common, true).values().stream()
                .map(entry -> entry[0])
                .filter(request -> !request.isEmpty())
                .forEach(request -> {
                    session.running.remove(request);
                    session.settle(request);
                });
        session.log.clear();
        long sent = received;
        for (String[] entry : unknown) {
            session.log.put(++sent, entry);
        }
        session.fields.put("acknowledged", Long.toString(received));
        session.fields.put("sent", Long.toString(sent));
    }

    private String forward(@Nullable Session session, List<String> values) {
        if (session == null) {
            return "missing";
        }
        if (session.fields.containsKey("ended")) {
            return "";
        }
        String request = values.get(0);
        if (!request.isEmpty()) {
            String runner = session.running.get(request);
            if (runner == null
                    ? session.settled.containsKey(request)
                    : !runner.equals(values.get(1))) {
                return "";
            }
        }
        long number = Long.parseLong(values.get(6));
        String before = session.fields.get("before" + (Long.parseLong(values.get(7)) + 1));
        if (request.isEmpty() && number > 0 && before != null && number <= Long.parseLong(before)) {
            return "";
        }
        String payload = values.get(3);
        long limit = Long.parseLong(values.get(5));
        long waiting = session.arrivals.isEmpty() ? 0 : session.number("arriving");
        boolean essential = values.get(2).equals("ESSENTIAL");
        int overhead = values.get(8).length() + 64;
        if (waiting > 0
                && waiting + payload.length() + overhead > (essential ? limit : limit / 2.0)) {
            if (request.isEmpty()) {
                return "";
            }
            payload = "";
        }
        session.arrivals.put(
                ++entries + "-0", new String[] {request, values.get(2), payload, values.get(8)});
        session.fields.put("arriving", Long.toString(waiting + payload.length() + overhead));
        return session.fields.get("node");
    }

    private String push(String key, List<String> values) {
        Session before = sessions.get(key);
        long fence = Long.parseLong(values.get(0));
        if (before != null
                && (before.number("fence") > fence
                        || before.number("fence") == fence && before.fields.containsKey("ended"))) {
            return "lost";
        }
        var session = new Session();
        if (before != null) {
            session.arrivals.putAll(before.arrivals);
            before.fields.forEach((field, value) -> {
                if (field.startsWith("before")) {
                    session.fields.put(field, value);
                }
            });
        }
        session.fields.put("arriving", before == null ? "0" : "" + before.number("arriving"));
        session.fields.put("fence", values.get(0));
        var rest = values.subList(2, values.size()).iterator();
        for (String field :
                List.of(
                        "node",
                        "principal",
                        "endpoint",
                        "epoch",
                        "tokens",
                        "state",
                        "acknowledged",
                        "sent",
                        "before" + fence,
                        "format")) {
            session.fields.put(field, rest.next());
        }
        for (int i = Integer.parseInt(rest.next()); i > 0; i--) {
            session.running.put(rest.next(), rest.next());
        }
        for (int i = Integer.parseInt(rest.next()); i > 0; i--) {
            session.settle(rest.next());
        }
        for (int i = Integer.parseInt(rest.next()); i > 0; i--) {
            session.log.put(
                    Long.parseLong(rest.next()),
                    new String[] {rest.next(), rest.next(), rest.next()});
        }
        sessions.put(key, session);
        return "ok";
    }

    private static String write(@Nullable Session session, List<String> values) {
        if (session == null || session.number("fence") < Long.parseLong(values.get(0))) {
            return "missing";
        }
        if (!values.get(0).equals(session.fields.get("fence"))
                || session.fields.containsKey("ended")) {
            return "lost";
        }
        var rest = values.subList(2, values.size()).iterator();
        while (rest.hasNext()) {
            switch (rest.next()) {
                case "sent" -> {
                    long number = Long.parseLong(rest.next());
                    String answers = rest.next();
                    String payload = rest.next();
                    String cause = rest.next();
                    if (number > session.number("sent") + 1) {
                        return "missing";
                    }
                    if (!answers.isEmpty()) {
                        session.running.remove(answers);
                    }
                    if (number == session.number("sent") + 1) {
                        session.fields.put("sent", Long.toString(number));
                        session.log.put(number, new String[] {answers, payload, cause});
                    }
                }
                case "acknowledged" -> {
                    long number = Long.parseLong(rest.next());
                    if (number > session.number("acknowledged")) {
                        session.log.headMap(number, true).clear();
                        session.fields.put("acknowledged", Long.toString(number));
                    }
                    if (number > session.number("sent")) {
                        session.fields.put("sent", Long.toString(number));
                    }
                }
                case "running" -> {
                    String request = rest.next();
                    String node = rest.next();
                    if (!session.settled.containsKey(request)) {
                        session.running.putIfAbsent(request, node);
                    }
                }
                case "settled" -> {
                    String request = rest.next();
                    int remembered = Integer.parseInt(rest.next());
                    session.running.remove(request);
                    session.settle(request);
                    List<String> all = session.settledInOrder();
                    all.subList(0, Math.max(0, all.size() - remembered))
                            .forEach(session.settled::remove);
                }
                case "tokens" -> session.fields.put("tokens", rest.next());
                case "state" -> session.fields.put("state", rest.next());
                case "taken" -> {
                    String[] taken = session.arrivals.remove(rest.next());
                    if (taken != null) {
                        long left =
                                session.number("arriving")
                                        - taken[2].length()
                                        - taken[3].length()
                                        - 64;
                        session.fields.put("arriving", Long.toString(left));
                    }
                }
                case "end" -> {
                    session.fields.put("ended", rest.next());
                    session.fields.remove("state");
                    session.log.clear();
                    session.running.clear();
                    session.settled.clear();
                    session.arrivals.clear();
                }
                default -> throw new IllegalArgumentException("no such operation");
            }
        }
        return "ok";
    }

    /** The entries of the stream that this key names. */
    synchronized List<StreamMessage<byte[], byte[]>> entries(byte[] stream) {
        String key = text(stream);
        Session session = sessions.get(key.substring(0, key.length() - ":arrivals".length()));
        if (session == null) {
            return List.of();
        }
        var all = new ArrayList<StreamMessage<byte[], byte[]>>();
        session.arrivals.forEach((id, entry) -> {
            Map<byte[], byte[]> body = new LinkedHashMap<>();
            body.put(bytes("a"), bytes(entry[0]));
            body.put(bytes("k"), bytes(entry[1]));
            body.put(bytes("p"), bytes(entry[2]));
            body.put(bytes("b"), bytes(entry[3]));
            all.add(new StreamMessage<>(stream, id, body));
        });
        return all;
    }

    /** A time in which a key was expired, before it was kept again. */
    private record Lapse(String key, long fromMillis, long toMillis) {}

    synchronized void keep(byte[] key, long nowMillis, long untilMillis) {
        Long before = nodes.put(text(key), untilMillis);
        if (before != null && before <= nowMillis) {
            lapses.add(new Lapse(text(key), before, nowMillis));
        }
    }

    /** Returns true if the key was expired at some time of this period. */
    synchronized boolean hasLapsed(byte[] key, long fromMillis, long toMillis) {
        return lapses.stream()
                .anyMatch(lapse ->
                        lapse.key().equals(text(key))
                                && lapse.fromMillis() <= toMillis
                                && lapse.toMillis() >= fromMillis);
    }

    synchronized boolean exists(byte[] key, long nowMillis) {
        return nodes.getOrDefault(text(key), 0L) > nowMillis;
    }

    synchronized void delete(byte[] key) {
        nodes.remove(text(key));
    }

    /** Returns true if the request is written down as running on this node. */
    synchronized boolean isRunning(byte[][] keys, int request, String node) {
        Session session = sessions.get(text(keys[0]));
        String runner = session == null ? null : session.running.get(Integer.toString(request));
        return runner != null && runner.endsWith(":" + node);
    }

    /** Sessions that have not ended. */
    synchronized long open() {
        return sessions.values().stream()
                .filter(session -> !session.fields.containsKey("ended"))
                .count();
    }
}
