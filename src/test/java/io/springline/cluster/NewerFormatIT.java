package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.task.RedisTaskStore;
import io.springline.feature.task.Task;
import io.springline.feature.task.TaskProperties;
import io.springline.feature.task.TaskStore;
import io.springline.feature.task.TaskTool;
import io.springline.feature.task.Tasks;
import io.springline.relay.consent.ConsentStore;
import io.springline.resume.store.SessionStore.Attempt;
import io.springline.resume.store.SessionStore.Away;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.SessionStore.Claimed;
import io.springline.resume.store.SessionStore.ForwardedMessage;
import io.springline.resume.store.SessionStore.Listener;
import io.springline.resume.store.StoredSession;
import io.springline.session.SessionState;
import io.springline.session.node.ClusterNodes;
import io.springline.session.node.ClusterNodes.Change;
import io.springline.session.node.ClusterNodes.Shared;
import io.springline.testing.RedisServer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What a node does with values of a later version, of which the test raises the format. */
@ExtendWith(OutputCaptureExtension.class)
class NewerFormatIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static final Keys KEYS = new Keys("springline");

    private static RedisClient client;
    private static StatefulRedisConnection<String, String> redis;
    private static List<TestNode> nodes;

    private final TestNode here = nodes.getFirst();
    private final TestNode other = nodes.getLast();

    private static final class Silent implements Listener {

        @Override
        public void moved(String session, long fence) {}

        @Override
        public void arrived(String session, long fence, ForwardedMessage arrival) {}

        @Override
        public void told(String session, byte[] message) {}

        @Override
        public @Nullable StoredSession snapshot(String session, long fence) {
            return null;
        }
    }

    @BeforeAll
    static void start() {
        nodes = TestNode.start(2, REDIS.arguments());
        nodes.forEach(node -> node.store().listen(new Silent()));
        client = RedisClient.create("redis://127.0.0.1:" + REDIS.port());
        redis = client.connect();
    }

    @AfterAll
    static void stop() {
        client.shutdown();
        nodes.forEach(TestNode::close);
    }

    @Test
    void leavesASessionToNewerNodes(CapturedOutput output) throws Exception {
        var binding = new Binding(UUID.randomUUID().toString(), "alice", "", "epoch");
        here.store().open(binding, StoredSession.opened("digest", SessionState.NEW)).lease();
        String key = text(KEYS.session(binding.session())[0]);
        assertThat(redis.sync().hget(key, "format")).isEqualTo("1");
        redis.sync().hset(key, "format", "2");
        var before = redis.sync().hgetall(key);
        var attempt = new Attempt(binding, "digest", "next", 0);
        assertThat(other.store().claim(attempt)).isInstanceOf(Away.class);
        assertThat(redis.sync().hgetall(key)).isEqualTo(before);
        assertThat(output).contains("has written sessions in a format that this version");

        redis.sync().hset(key, "format", "1");
        redis.sync().hset(key, "added-later", "x");
        assertThat(other.store().claim(attempt)).isInstanceOf(Claimed.class);
    }

    @Test
    void takesTheFormatOfItsNewOwner() throws Exception {
        var binding = new Binding(UUID.randomUUID().toString(), "alice", "", "epoch");
        here.store().open(binding, StoredSession.opened("digest", SessionState.NEW)).lease();
        String key = text(KEYS.session(binding.session())[0]);
        redis.sync().hset(key, "format", "0");
        other.store().claim(new Attempt(binding, "digest", "next", 0));
        assertThat(redis.sync().hget(key, "format")).isEqualTo("1");
    }

    @Test
    void keepsTasksOfNewerNodes() throws Exception {
        TaskStore store = here.bean(RedisTaskStore.class);
        String principal = "anne " + UUID.randomUUID();
        var tasks =
                new Tasks(
                        store,
                        here.bean(TaskProperties.class),
                        here.backplane(),
                        Clock.systemUTC());
        Task task = tasks.create(principal, new TaskTool("", List.of("print")), null);
        Task second = tasks.create(principal, new TaskTool("", List.of("print")), null);
        String key =
                redis.sync().keys("*:" + task.id()).stream()
                        .filter(each -> each.startsWith(KEYS.prefix() + ":{tasks:"))
                        .findFirst()
                        .orElseThrow();
        String stored = redis.sync().hget(key, "task");
        assertThat(stored).startsWith("1 {");
        redis.sync().hset(key, "task", stored.replaceFirst("1", "2"));
        assertThatThrownBy(() -> store.find(principal, task.id()))
                .isInstanceOf(TaskStore.UnavailableException.class)
                .hasMessageContaining("newer version");
        assertThat(store.page(principal, null, 10))
                .extracting(Task::id)
                .containsExactly(second.id());
        assertThat(store.unfinished(principal)).extracting(Task::id).containsExactly(second.id());

        String extended = stored.replaceFirst("\\{", "{\"addedLater\":{\"x\":1},");
        redis.sync().hset(key, "task", extended);
        assertThat(store.find(principal, task.id())).isNotNull();
    }

    @Test
    void keepsConsentsOfNewerNodes() {
        ConsentStore store = here.bean(RedisConsentStore.class);
        Duration hour = Duration.ofHours(1);
        String group = UUID.randomUUID().toString();
        store.put(group, "k", "old", hour, 10);
        String key = text(KEYS.consent(group, "k")[0]);
        assertThat(redis.sync().get(key)).isEqualTo("1 old");
        redis.sync().set(key, "2 new");
        for (Runnable use :
                List.<Runnable>of(
                        () -> store.get(group, "k"),
                        () -> store.take(group, "k"),
                        () -> store.put(group, "k", "x", hour, 10),
                        () -> store.putIfAbsent(group, "k", "x", hour, 10),
                        () -> store.replace(group, "k", "new", "x", hour),
                        () -> store.remove(group, "k", "new"))) {
            assertThatThrownBy(use::run).isInstanceOf(ConsentStore.UnavailableException.class);
            assertThat(redis.sync().get(key)).isEqualTo("2 new");
        }
    }

    @Test
    void leavesOutRecordsOfNewerNodes() throws Exception {
        var records = here.bean(ClusterNodes.class);
        records.change("set", "a", 0, new Shared(5, "{}"));
        records.change("set", "b", 0, new Shared(5, "{}"));
        String key = text(KEYS.records("set"));
        assertThat(redis.sync().hget(key, "a")).isEqualTo("5 1 {}");
        redis.sync().hset(key, "a", "5 2 {}");
        assertThat(records.records("set")).containsOnlyKeys("b");
        assertThat(records.change("set", "a", 0, new Shared(1, "{}"))).isEqualTo(Change.NEWER);
        assertThat(redis.sync().hget(key, "a")).isEqualTo("5 2 {}");
    }

    @Test
    void ignoresMessagesOfNewerNodes(CapturedOutput output) {
        List<String> read = Collections.synchronizedList(new ArrayList<>());
        here.bean(ClusterNodes.class).on("kind", (subject, body) -> read.add(subject + text(body)));
        String channel = text(KEYS.channel(here.cluster().node()));
        redis.sync().publish(channel, "2 kind subject\nbody");
        redis.sync().publish(channel, "\u0000");
        redis.sync().publish(channel, "1 unknown-kind subject\nbody");
        redis.sync().publish(channel, "1 kind subject\nbody");
        await().until(() -> !read.isEmpty());
        assertThat(read).containsExactly("subjectbody");
        assertThat(output).contains("has written messages between nodes in a format");
        other.bean(ClusterNodes.class)
                .send(here.cluster().node(), "kind", "s", "x".getBytes(StandardCharsets.UTF_8));
        await().until(() -> read.contains("sx"));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
