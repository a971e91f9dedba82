package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.NodeProject;
import io.springline.testing.RedisServer;
import io.springline.testing.RunningJar;
import io.springline.testing.TcpBalancer;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Acceptance test 12 of Streamable HTTP with the official SDKs: a node stops under a call. */
@Tag("interop")
@Timeout(300)
class HttpDrainClientsIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    /** A modern call has no session, so the node that runs it also answers it. */
    @ParameterizedTest
    @CsvSource({
        "typescript-v1, 2025-11-25, true",
        "typescript-v2, legacy, true",
        "typescript-v2, modern, false"
    })
    void finishesACallWhoseNodeStops(String project, String mode, boolean resumes)
            throws Exception {
        NodeProject client = NodeProject.installed(project);
        try (var nodes = new Nodes()) {
            RunningJar first = start(nodes);
            RunningJar second = start(nodes);
            Stream.of(first, second).forEach(Nodes::joined);
            try (var balancer = new TcpBalancer(first.port(), second.port())) {
                balancer.holdClients();
                await().until(() -> balancer.ready().size() == 2);
                balancer.restrictTo(first.port());
                String url = "http://127.0.0.1:" + balancer.port() + "/mcp";
                Process running =
                        project.equals("typescript-v1")
                                ? client.start("drain.mjs", url)
                                : client.start("drain.mjs", mode, url);
                try (BufferedReader output = running.inputReader()) {
                    assertThat(output.readLine()).isEqualTo("running");
                    balancer.restrictTo(second.port());
                    first.terminate();
                    if (resumes) {
                        await("streams of the session and of the call")
                                .atMost(Duration.ofMinutes(1))
                                .until(() -> openConnections(second) == 2);
                    }
                    assertThat(output.readLine()).isEqualTo("ok");
                } finally {
                    running.destroy();
                }
                assertThat(first.awaitExit(Duration.ofMinutes(2))).isTrue();
            }
        }
    }

    private static RunningJar start(Nodes nodes) throws IOException {
        return nodes.start(
                REDIS.port(),
                "-Dspringline.drain.delay=1s",
                "--springline.drain.timeout=100s",
                "--springline.http.stream-after=200ms");
    }

    private static double openConnections(RunningJar node) throws Exception {
        return Nodes.json(node, "/actuator/metrics/springline.connections.active")
                .at("/measurements/0/value")
                .asDouble();
    }
}
