package io.springline.relay.stdio;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.relay.RecordingReceiver;
import io.springline.relay.StdioServer;
import io.springline.relay.config.StdioCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class ProcessGroupsTest {

    private static final StdioCommand FAMILY =
            new StdioCommand(
                    "sh", List.of("-c", "sleep 1000 & echo $!; exec sleep 1000"), Map.of(), null);

    /** Starts a child with a grandchild, tells their process ids and waits to be killed. */
    static final class Owner {
        private Owner() {}

        public static void main(String[] args) throws IOException, InterruptedException {
            Awaitility.setDefaultTimeout(Duration.ofMinutes(1)); // no extension runs here
            var groups = new ProcessGroups();
            var receiver = new RecordingReceiver();
            var transport =
                    new StdioTransport(
                            "up",
                            StdioServer.command(),
                            groups,
                            JsonRpcCodec.json(1000),
                            1000,
                            new StderrRing());
            transport.start(receiver);
            transport.send(
                    new Request(
                            new RequestId.Number(1),
                            "tools/call",
                            StdioServer.read("{'name':'fork'}")));
            String grandchild = receiver.text(1);
            System.out.println("pids " + transport.pid().getAsLong() + " " + grandchild);
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    @Test
    void nothingSurvivesOurDeath() throws IOException {
        List<String> start = new ArrayList<>(List.of(StdioServer.java()));
        start.addAll(StdioServer.command().args());
        start.set(start.size() - 1, Owner.class.getName());
        Process owner =
                new ProcessBuilder(start).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        List<Long> pids;
        try (var out = owner.inputReader(StandardCharsets.UTF_8)) {
            pids =
                    out.lines()
                            .filter(line -> line.startsWith("pids "))
                            .findFirst()
                            .map(line -> Stream.of(line.substring(5).split(" ")))
                            .orElseThrow()
                            .map(Long::valueOf)
                            .toList();
        }
        assertThat(pids).hasSize(2).allMatch(ProcessGroupsTest::lives);
        owner.destroyForcibly();
        Awaitility.await().until(() -> pids.stream().noneMatch(ProcessGroupsTest::lives));
    }

    @Test
    void closingEndsAllGroups() throws IOException {
        var groups = new ProcessGroups();
        ProcessGroup one = groups.start(FAMILY);
        ProcessGroup two = groups.start(FAMILY);
        Long[] pids = {one.leader().pid(), grandchild(one), two.leader().pid(), grandchild(two)};
        groups.close();
        awaitEnd(pids);
    }

    @Test
    void endsTheOffspringOfALeaderThatIsGone() throws IOException, InterruptedException {
        try (var groups = new ProcessGroups()) {
            ProcessGroup group =
                    groups.start(
                            new StdioCommand(
                                    "sh", List.of("-c", "sleep 1000 & echo $!"), Map.of(), null));
            long grandchild = grandchild(group);
            assertThat(group.leader().waitFor(60, TimeUnit.SECONDS)).isTrue();
            group.kill();
            Awaitility.await().until(() -> !lives(grandchild));
        }
    }

    @Test
    void aWatchdogThatDiesIsReplaced() throws IOException {
        try (var groups = new ProcessGroups()) {
            ProcessGroup group = groups.start(FAMILY);
            long grandchild = grandchild(group);
            ProcessHandle.current()
                    .children()
                    .filter(child -> child.pid() != group.leader().pid())
                    .filter(ProcessGroupsTest::isWatchdog)
                    .forEach(ProcessHandle::destroyForcibly);
            group.kill();
            Awaitility.await().until(() -> !lives(grandchild));
        }
    }

    private static boolean isWatchdog(ProcessHandle process) {
        return Stream.of(process.info().arguments().orElse(new String[0]))
                .anyMatch("springline-watchdog"::equals);
    }

    @Test
    void doesWithoutSetsidAndShell() throws IOException {
        var alone = new ProcessGroups(null, null);
        ProcessGroup one = alone.start(FAMILY);
        var watched = new ProcessGroups(null, Path.of("/bin/sh"));
        ProcessGroup two = watched.start(FAMILY);
        Long[] pids = {one.leader().pid(), grandchild(one), two.leader().pid(), grandchild(two)};
        // each has its patience
        Stream.of(alone, watched).parallel().forEach(ProcessGroups::close);
        awaitEnd(pids);
    }

    /** They have been killed, and end when the system comes to it. */
    private static void awaitEnd(Long... pids) {
        Awaitility.await().until(() -> Stream.of(pids).noneMatch(ProcessGroupsTest::lives));
    }

    private static long grandchild(ProcessGroup group) throws IOException {
        var lines =
                new BufferedReader(
                        new InputStreamReader(
                                group.leader().getInputStream(), StandardCharsets.UTF_8));
        return Long.parseLong(lines.readLine());
    }

    static boolean lives(long pid) {
        return ProcessHandle.of(pid).filter(ProcessGroupsTest::lives).isPresent();
    }

    /** Not so a zombie that waits for its parent. */
    static boolean lives(ProcessHandle process) {
        return process.isAlive() && process.info().command().isPresent();
    }
}
