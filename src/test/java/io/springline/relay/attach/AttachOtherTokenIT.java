package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.relay.AttachedUpstreams.State;
import io.springline.session.node.ClusterNodes;
import io.springline.session.node.ClusterNodes.Change;
import io.springline.session.node.ClusterNodes.Shared;
import io.springline.testing.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Records in Redis give a name to another token, as after a partition. */
@Timeout(400)
class AttachOtherTokenIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String ALL = "all-token-0123456789";

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static AttachNode node;

    @BeforeAll
    static void start() {
        var arguments = new ArrayList<>(REDIS.arguments());
        arguments.addAll(
                List.of(
                        "--springline.attach.tokens[0].name=all",
                        "--springline.attach.tokens[0].hash=sha256:68f463dd43c67dd6093d60a423142c447ff7ae5ca50671efb7da9cdba2e13b83",
                        "--springline.attach.tokens[1].name=other",
                        "--springline.attach.tokens[1].hash=sha256:b3a5daace9a558611eeaea3dfb428a5c3061c7ad13a46e80f2bf089c4edc199b"));
        node = AttachNode.start(arguments);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static ClusterNodes nodes() {
        return node.context().getBean(ClusterNodes.class);
    }

    private static String uri(String name) {
        return node.attachUri("?name=" + name + "&instance=1&token=" + ALL);
    }

    /** Returns the epoch of a server that has attached. */
    private static long epoch(String name) throws InterruptedException {
        await().atMost(PATIENCE).until(() -> node.shows(name, State.ONLINE));
        Map<String, Shared> records = nodes().records("attached");
        assertThat(records).isNotNull().containsKey(name);
        return records.get(name).epoch();
    }

    private static SharedServer ofTheOtherToken() {
        return new SharedServer("far", "other", false, State.ONLINE, 1, "2", "192.0.2.1", false);
    }

    @Test
    void closesAServerWhoseNameIsGoneSoThatItComesBack() throws Exception {
        try (var agent = TestAgent.echo(uri("passed"), "passed", "count")) {
            long epoch = epoch("passed");
            var next = new Shared(epoch + 1, ofTheOtherToken().toJson());
            assertThat(nodes().change("attached", "passed", epoch, next)).isEqualTo(Change.DONE);
            assertThat(agent.closed().get(60, TimeUnit.SECONDS)).isEqualTo(1013);
        }
    }

    /** It was read before the server attached. */
    @Test
    void ignoresARecordThatIsOlderThanTheConnection() throws Exception {
        try (var agent = TestAgent.echo(uri("kept"), "kept", "count")) {
            long epoch = epoch("kept");
            AttachedServers servers = node.context().getBean(AttachedServers.class);
            servers.elsewhere("kept", epoch - 1, ofTheOtherToken());
            assertThat(servers.link("kept")).isNotNull();
            assertThat(agent.closed()).isNotDone();
            servers.elsewhere("kept", epoch + 1, ofTheOtherToken());
            assertThat(servers.link("kept")).isNull();
            assertThat(agent.closed().get(60, TimeUnit.SECONDS)).isEqualTo(1013);
        }
    }
}
