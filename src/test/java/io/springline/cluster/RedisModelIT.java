package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Script;
import io.springline.testing.RedisServer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The model of the simulation against a real server: the same random commands, and the same answers
 * to each. {@code -Dmodel.seed=N} repeats one.
 */
class RedisModelIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    /** The scripts for sessions, which the model has. */
    private static final List<Script> SCRIPTS =
            List.of(Script.WRITE, Script.PUSH, Script.CLAIM, Script.FORWARD, Script.RUNNER);

    private static final long SEED = Long.getLong("model.seed", System.nanoTime());
    private static final int SESSIONS = 40;
    private static final int COMMANDS = 60;

    private final Random random = new Random(SEED);
    private final RedisModel model = new RedisModel();
    private long now;

    @Test
    void answersAsRedisDoes() {
        System.out.println("-Dmodel.seed=" + SEED);
        var client = RedisClient.create("redis://127.0.0.1:" + REDIS.port());
        try (var connection = client.connect(ByteArrayCodec.INSTANCE)) {
            for (int i = 0; i < SESSIONS; i++) {
                byte[][] keys = new Keys("model").session(UUID.randomUUID().toString());
                for (int j = 0; j < COMMANDS; j++) {
                    compare(connection.sync(), keys);
                }
            }
        } finally {
            client.shutdown();
        }
    }

    private void compare(RedisCommands<byte[], byte[]> redis, byte[][] keys) {
        Script script = SCRIPTS.get(random.nextInt(SCRIPTS.size()));
        List<String> arguments =
                switch (script) {
                    case WRITE -> write();
                    case PUSH -> push();
                    case CLAIM -> claim();
                    case FORWARD -> forward();
                    case RUNNER -> List.of(request(), any("1:a", "2:b", "3:a"));
                    case TASK,
                            READ_TASK,
                            LIST_TASKS,
                            REMOVE_TASK,
                            TOKEN,
                            RATE,
                            HOLD,
                            RECORD,
                            RECORDS,
                            CONSENT ->
                            throw new IllegalArgumentException("no session: " + script);
                };
        List<byte[]> bytes = arguments.stream().map(Bytes::of).toList();
        Object real =
                redis.eval(script.source(), script.output(), keys, bytes.toArray(byte[][]::new));
        Object modelled = model.run(script, keys, bytes, now);
        assertThat(text(modelled, script))
                .as("%s %s", script, arguments)
                .isEqualTo(text(real, script));
        assertThat(arrivals(model.entries(keys[4])))
                .as("arrivals after %s %s", script, arguments)
                .isEqualTo(arrivals(redis.xrange(keys[4], Range.unbounded())));
    }

    private static List<String> arrivals(List<StreamMessage<byte[], byte[]>> entries) {
        return entries.stream()
                .map(entry ->
                        entry.getBody().values().stream().map(Bytes::text).toList().toString())
                .toList();
    }

    /** What an answer says, without the time in it; running requests come in any order. */
    private static String text(Object answer, Script script) {
        if (script != Script.CLAIM) {
            return Bytes.text((byte[]) answer);
        }
        List<?> all = (List<?>) answer;
        var parts = new ArrayList<String>();
        for (int i = 0; i < all.size(); i++) {
            if (i == 6) {
                parts.add(pairs((List<?>) all.get(i)));
            } else if (i != 1) {
                parts.add(flat(all.get(i)));
            }
        }
        return parts.toString();
    }

    private static String pairs(List<?> flat) {
        var pairs = new ArrayList<String>();
        for (int i = 0; i < flat.size(); i += 2) {
            pairs.add(flat(flat.get(i)) + "=" + flat(flat.get(i + 1)));
        }
        return pairs.stream().sorted().toList().toString();
    }

    private static String flat(Object part) {
        return part instanceof byte[] bytes
                ? Bytes.text(bytes)
                : ((List<?>) part).stream().map(RedisModelIT::flat).toList().toString();
    }

    private String any(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private String number(int below) {
        return Integer.toString(random.nextInt(below));
    }

    private String request() {
        return any("1", "2", "3", "\"1\"");
    }

    private List<String> write() {
        var all = new ArrayList<>(List.of(any("1", "2", "3", "4"), "60000"));
        for (int i = random.nextInt(4); i > 0; i--) {
            all.addAll(
                    switch (random.nextInt(7)) {
                        case 0, 1 ->
                                List.of(
                                        "sent",
                                        number(8),
                                        any("", request()),
                                        "message " + number(9),
                                        any("", request()));
                        case 2 -> List.of("acknowledged", number(8));
                        case 3 -> List.of("running", request(), any("a", "b"));
                        case 4 -> List.of("settled", request(), "2");
                        case 5 -> List.of("tokens", any("t1", "t1 t2", "t1 t2 t3 t4"));
                        default ->
                                random.nextInt(8) == 0
                                        ? List.of("end", "expired")
                                        : List.of("state", "{}");
                    });
        }
        return all;
    }

    private List<String> push() {
        var all =
                new ArrayList<>(
                        List.of(any("1", "2", "3"), "60000", any("a", "b"), "alice", "", "epoch"));
        int messages = random.nextInt(3);
        int acknowledged = random.nextInt(4);
        Stream.of(
                        any("t1", "t1 t2"),
                        "{}",
                        "" + acknowledged,
                        "" + (acknowledged + messages),
                        number(5),
                        any("1", "2"))
                .forEach(all::add);
        all.addAll(List.of("1", request(), any("a", "b"), "1", request(), "" + messages));
        for (int i = 1; i <= messages; i++) {
            all.addAll(
                    List.of(
                            "" + (acknowledged + i),
                            any("", request()),
                            "pushed " + i,
                            any("", request())));
        }
        return all;
    }

    private List<String> claim() {
        return Arrays.asList(
                any("t1", "t2", "t3"),
                any("t1", "t2", "t5"),
                random.nextInt(8) == 0 ? "bob" : "alice",
                "",
                "epoch",
                number(9),
                any("a", "b"),
                "60000",
                random.nextInt(8) == 0 ? "-1" : "99999999999999",
                number(9),
                number(4),
                any("1", "2"));
    }

    private List<String> forward() {
        return Arrays.asList(
                any("", request()),
                any("a", "b"),
                any("ESSENTIAL", "PROGRESS"),
                "x".repeat(random.nextInt(100)),
                "60000",
                "400",
                number(9),
                number(4),
                any("", request()));
    }
}
