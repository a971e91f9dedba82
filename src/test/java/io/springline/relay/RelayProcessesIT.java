package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.relay.config.StdioCommand;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What becomes of the processes behind the jar. {@code -Dkill.cycles=300} for longer. */
class RelayProcessesIT {

    private static final String CALL =
            """
            {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"%s","arguments":{}}}\
            """;

    private static RunningJar serve(String mode) throws Exception {
        StdioCommand command = StdioServer.command();
        var arguments = new ArrayList<String>();
        arguments.add("--springline.relay.upstreams.own.mode=" + mode);
        arguments.add("--springline.relay.upstreams.own.command=" + command.command());
        for (int i = 0; i < command.args().size(); i++) {
            arguments.add(
                    "--springline.relay.upstreams.own.args[%d]=%s"
                            .formatted(i, command.args().get(i)));
        }
        var server = new RunningJar(arguments.toArray(String[]::new)).ready();
        await().until(() -> isListed(server, "increment"));
        return server;
    }

    private static boolean isListed(RunningJar server, String tool) throws Exception {
        try (var peer = SocketPeer.connect(server.uri())) {
            peer.initialize("2025-11-25", "{}");
            return peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}")
                    .toString()
                    .contains(tool);
        }
    }

    @Test
    void noChildOutlivesAKilledService() throws Exception {
        List<ProcessHandle> children;
        long grandchild;
        try (var server = serve("shared");
                var peer = SocketPeer.connect(server.uri())) {
            peer.initialize("2025-11-25", "{}");
            children = server.children();
            assertThat(children).hasSize(1);
            grandchild = peer.ask(CALL.formatted("fork")).at("/result/content/0/text").asLong();
            assertThat(isAlive(grandchild)).isTrue();
        } // close() is kill -9
        await().until(() ->
                children.stream().noneMatch(ProcessHandle::isAlive) && !isAlive(grandchild));
    }

    private static boolean isAlive(long pid) {
        Optional<ProcessHandle> process = ProcessHandle.of(pid);
        return process.isPresent() && process.get().isAlive();
    }

    @Test
    void connectAndKillCyclesLeaveNoProcessBehind() throws Exception {
        int cycles = Integer.getInteger("kill.cycles", 2);
        try (var server = serve("per-session")) {
            await().until(() -> server.children().isEmpty());
            for (int i = 0; i < cycles; i++) {
                try (var peer = SocketPeer.connect(server.uri())) {
                    peer.initialize("2025-11-25", "{}");
                    assertThat(
                                    peer.ask(CALL.formatted("increment"))
                                            .at("/result/content/0/text")
                                            .asString())
                            .isEqualTo("1");
                    assertThat(server.children()).isNotEmpty();
                }
            }
            await().until(() -> server.children().isEmpty());
            System.out.println(cycles + " cycles, no process left");
        }
    }
}
