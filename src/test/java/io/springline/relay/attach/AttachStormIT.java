package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * All servers of a replica that drains connect to the other replica, beside a client that calls
 * another server. {@code -Dattach.storm=500} for fewer servers. The test and each replica need a
 * file descriptor per connection: {@code ulimit -n} of twice as many.
 */
@Tag("chaos")
@Timeout(900)
class AttachStormIT {

    private static final int SERVERS = Integer.getInteger("attach.storm", 5_000);
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Pattern RETRY_AFTER = Pattern.compile("Retry-After: (\\d+)");
    private static final Duration DRAIN = Duration.ofSeconds(30);

    private final AtomicInteger refused = new AtomicInteger();
    private final Map<String, Integer> dropped = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Long> dials = new ConcurrentLinkedQueue<>();
    private volatile int hub;
    private volatile boolean over;

    private static RunningJar start() throws IOException {
        return new RunningJar(
                "--springline.attach.enabled=true",
                "--springline.attach.max-servers=10000",
                "--springline.attach.max-connects-per-minute=1000",
                "--springline.attach.connection-rate-per-token=200/s",
                "--springline.websocket.connection-rate-per-address=1000000/s",
                "--springline.websocket.max-connections-per-address=20000",
                "--springline.websocket.max-connections-per-principal=20000",
                "--springline.websocket.max-connections=20000",
                "--springline.drain.timeout=" + DRAIN.toSeconds() + "s");
    }

    /** A server that connects again after each end, and waits as {@code Retry-After} says. */
    private void serve(String name) {
        while (!over) {
            int port = hub;
            long pause = ThreadLocalRandom.current().nextLong(200);
            dials.add(System.nanoTime());
            try (var socket = new RawSocket(port, "/mcp/attach?instance=1&name=" + name)) {
                if (socket.status() == 101) {
                    serve(socket, name);
                } else {
                    refused.incrementAndGet();
                    Matcher wait = RETRY_AFTER.matcher(socket.response());
                    pause = wait.find() ? 1_000 * Long.parseLong(wait.group(1)) : 1_000;
                }
            } catch (IOException | RuntimeException e) {
                // without an answer, or cut in the middle of one
                dropped.merge(String.valueOf(e.getMessage()), 1, Integer::sum);
                pause += 500;
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void serve(RawSocket socket, String name) throws IOException {
        while (!over) {
            RawSocket.Frame frame;
            try {
                frame = socket.read();
            } catch (SocketTimeoutException e) {
                continue;
            }
            switch (frame.opcode()) {
                case RawSocket.PING -> socket.send(RawSocket.PONG, frame.payload());
                case RawSocket.CLOSE -> {
                    socket.send(RawSocket.CLOSE, frame.payload());
                    return;
                }
                case RawSocket.TEXT -> {
                    String answer = answer(McpPeer.JSON.readTree(frame.text()), name);
                    if (answer != null) {
                        socket.sendText(answer);
                    }
                }
                default -> {}
            }
        }
    }

    private static @Nullable String answer(JsonNode message, String name) {
        if (!message.has("id") || !message.has("method")) {
            return null;
        }
        ObjectNode answer = McpPeer.JSON.createObjectNode().put("jsonrpc", "2.0");
        answer.set("id", message.get("id"));
        ObjectNode result = answer.putObject("result");
        switch (message.path("method").asString("")) {
            case "initialize" -> {
                result.put("protocolVersion", message.at("/params/protocolVersion").asString(""));
                result.putObject("capabilities").putObject("tools");
                result.putObject("serverInfo").put("name", name).put("version", "1");
            }
            case "tools/list" ->
                    result.putArray("tools")
                            .addObject()
                            .put("name", "run_" + name)
                            .putObject("inputSchema")
                            .put("type", "object");
            case "tools/call" ->
                    result.putArray("content").addObject().put("type", "text").put("text", name);
            default -> {}
        }
        return answer + "";
    }

    /** A client of all servers, which counts the changes of the list that it hears of. */
    private static final class ListClient implements AutoCloseable {

        private final SocketPeer peer;
        private final AtomicInteger changes = new AtomicInteger();

        ListClient(RunningJar node) throws Exception {
            peer = SocketPeer.connect(node.uri());
            peer.initialize("2025-11-25", "{}");
            Thread.ofPlatform().daemon().start(this::count);
        }

        private void count() {
            try {
                while (true) {
                    String next = peer.poll(1_000);
                    if (next != null && next.contains("notifications/tools/list_changed")) {
                        changes.incrementAndGet();
                    }
                }
            } catch (Exception | AssertionError e) {
                // closed
            }
        }

        @Override
        public void close() {
            peer.close();
        }
    }

    /** Calls a tool of one server again and again. */
    private final class Bystander implements AutoCloseable {

        private final SocketPeer peer;
        private final List<Double> millis = Collections.synchronizedList(new ArrayList<>());
        private final AtomicInteger announcements = new AtomicInteger();
        private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
        private final Thread calling;
        private volatile boolean closed;

        Bystander(RunningJar node) throws Exception {
            peer = SocketPeer.connect(node.uri() + "/calm");
            peer.initialize("2025-11-25", "{}");
            calling = Thread.ofPlatform().start(this::callUntilClosed);
        }

        private void callUntilClosed() {
            try {
                while (!closed) {
                    long begun = System.nanoTime();
                    peer.send(
                            """
                            {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"run_calm","arguments":{}}}
                            """);
                    JsonNode next = peer.receive();
                    while (next.has("method")) {
                        announcements.incrementAndGet();
                        next = peer.receive();
                    }
                    millis.add((System.nanoTime() - begun) / 1e6);
                    if (!next.at("/result/content/0/text").asString("").equals("calm")) {
                        failures.add(next.toString());
                    }
                    Thread.sleep(20);
                }
            } catch (Exception | AssertionError e) {
                failures.add(e.toString());
            }
        }

        /** Prints what was measured since the last time. */
        void report(String when) {
            List<Double> all;
            synchronized (millis) {
                all = new ArrayList<>(millis);
                millis.clear();
            }
            assertThat(all).as("calls " + when).isNotEmpty();
            all.sort(null);
            System.out.printf(
                    "%s: bystander p50 %.1f ms, p99 %.1f ms, longest %.1f ms, %d calls, %d announcements%n",
                    when,
                    all.get(all.size() / 2),
                    all.get(all.size() * 99 / 100),
                    all.getLast(),
                    all.size(),
                    announcements.get());
        }

        @Override
        public void close() {
            closed = true;
            await().atMost(PATIENCE).until(() -> !calling.isAlive());
            peer.close();
            assertThat(failures).isEmpty();
            assertThat(announcements).as("changes of the list of another server").hasValue(0);
        }
    }

    private static long online(RunningJar node) {
        try {
            return McpPeer.JSON
                    .readTree(node.get("/actuator/attached").body())
                    .findValuesAsString("state")
                    .stream()
                    .filter("ONLINE"::equalsIgnoreCase)
                    .count();
        } catch (Exception e) {
            return -1;
        }
    }

    private static void awaitOnline(RunningJar node, int count) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    long now = online(node);
                    System.out.println("online: " + now);
                    return now == count;
                });
    }

    private static void printHeap(String when, RunningJar node) throws Exception {
        String pid = Long.toString(node.process().pid());
        for (String command : List.of("GC.run", "GC.heap_info")) {
            Process jcmd =
                    new ProcessBuilder(RunningJar.JAVA.replaceAll("java$", "jcmd"), pid, command)
                            .start();
            String out = new String(jcmd.getInputStream().readAllBytes());
            if (command.equals("GC.heap_info")) {
                System.out.println(when + ": " + out.strip());
            }
        }
    }

    private void printDials(String when) {
        long first = Long.MAX_VALUE;
        for (long each : dials) {
            first = Math.min(first, each);
        }
        var perSecond = new TreeMap<Long, Integer>();
        for (long each : dials) {
            perSecond.merge((each - first) / 1_000_000_000L, 1, Integer::sum);
        }
        System.out.printf(
                "%s: connections by second %s, refused %s, dropped %s%n",
                when, perSecond, refused, dropped);
        dials.clear();
        refused.set(0);
        dropped.clear();
    }

    @Test
    void serversOfAReplicaThatDrainsComeBackOneAfterTheOther() throws Exception {
        try (var a = start();
                var b = start()) {
            a.ready();
            b.ready();
            int calmPort = b.port();
            Thread.startVirtualThread(() -> {
                try (var socket = new RawSocket(calmPort, "/mcp/attach?instance=1&name=calm")) {
                    serve(socket, "calm");
                } catch (IOException e) {
                    System.out.println("calm: " + e);
                }
            });
            awaitOnline(b, 1);
            hub = a.port();
            for (int n = 0; n < SERVERS; n++) {
                String name = "p" + n;
                Thread.startVirtualThread(() -> serve(name));
            }
            awaitOnline(a, SERVERS);
            printDials("first");
            printHeap("A with all", a);
            try (var bystander = new Bystander(b);
                    var lists = new ListClient(b)) {
                Thread.sleep(10_000);
                bystander.report("before");
                hub = b.port();
                long begun = System.nanoTime();
                a.terminate();
                awaitOnline(b, SERVERS + 1);
                double seconds = (System.nanoTime() - begun) / 1e9;
                System.out.printf(
                        "drain of %d: all back after %.1f s, %d changes of the list%n",
                        SERVERS, seconds, lists.changes.get());
                bystander.report("drain");
                printDials("drain");
                printHeap("B with all", b);
                assertThat(lists.changes.get()).isLessThanOrEqualTo((int) seconds + 2);
                assertThat(a.awaitExit(DRAIN.plusSeconds(30))).isTrue();
            }
        } finally {
            over = true;
        }
    }
}
