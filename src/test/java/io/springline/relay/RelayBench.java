package io.springline.relay;

import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.relay.client.UpstreamClient;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamTransport;
import io.springline.relay.config.Era;
import io.springline.relay.config.HttpEndpoint;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.RelayProperties.Transport;
import io.springline.relay.config.StdioCommand;
import io.springline.relay.http.HttpTransport;
import io.springline.relay.http.RelayHttpClient;
import io.springline.relay.http.RequestCredential;
import io.springline.relay.stdio.ProcessGroups;
import io.springline.relay.stdio.StderrRing;
import io.springline.relay.stdio.StdioTransport;
import io.springline.testing.RawSocket;
import io.springline.testing.RunningJar;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.eclipse.jetty.client.HttpClient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a call costs more when it goes through this service: {@code ./mvnw -Pbench verify}. All
 * paths take turns in one run, so that whatever else the machine does meets all of them alike.
 *
 * <p>System properties: {@code bench.rounds}, {@code bench.seconds} of each measurement, {@code
 * bench.warmup} in rounds; {@code bench.ways} for some of the {@link Way ways} only, and {@code
 * springline.jvm} for the service's JVM options, such as those of a profiler.
 */
class RelayBench {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int MAX_BYTES = 4_000_000;
    private static final int ROUNDS = Integer.getInteger("bench.rounds", 5);
    private static final int WARMUP = Integer.getInteger("bench.warmup", 2);
    private static final Duration TIME = Duration.ofSeconds(Integer.getInteger("bench.seconds", 2));
    private static final List<Integer> CLIENTS = List.of(1, 16);

    /** A way of a call to an {@code echo}. */
    private enum Way {
        LOCAL("WebSocket, the service's own `echo` (c)", "echo"),
        STDIO("stdio upstream, direct (a)", null),
        STDIO_RELAYED("stdio upstream, relayed (b)", "stdio_echo"),
        HTTP("HTTP upstream, direct (a)", null),
        HTTP_RELAYED("HTTP upstream, relayed (b)", "http_echo");

        private final String title;
        private final @Nullable String tool;

        Way(String title, @Nullable String tool) {
            this.title = title;
            this.tool = tool;
        }
    }

    private static final Set<Way> WAYS =
            Arrays.stream(System.getProperty("bench.ways", "").split(","))
                    .filter(name -> !name.isEmpty())
                    .map(Way::valueOf)
                    .collect(Collectors.toCollection(() -> EnumSet.noneOf(Way.class)));

    static {
        if (WAYS.isEmpty()) {
            WAYS.addAll(EnumSet.allOf(Way.class));
        }
    }

    /**
     * @param cpuMicros of the service, for each call
     */
    private record Sample(double p50, double p99, double callsPerSecond, double cpuMicros) {}

    private final List<AutoCloseable> open = new ArrayList<>();

    @Test
    void hop() throws Exception {
        try {
            String report = report(measure());
            System.out.println("\n" + report);
            Path file = Files.createDirectories(Path.of("target", "bench")).resolve("relay.md");
            Files.writeString(file, report);
        } finally {
            for (AutoCloseable each : open.reversed()) {
                each.close();
            }
        }
    }

    private List<Map<Integer, Map<Way, Sample>>> measure() throws Exception {
        URI http = startHttp();
        var service = new RunningJar(arguments(http));
        open.add(() -> {
            service.terminate();
            service.awaitExit(PATIENCE);
            service.close();
        });
        service.ready();
        Map<Way, List<LoadLoop.Client>> clients = new EnumMap<>(Way.class);
        clients.put(Way.STDIO, Collections.nCopies(16, direct(stdio())));
        clients.put(Way.HTTP, Collections.nCopies(16, direct(http(http))));
        for (Way way : WAYS) {
            if (way.tool != null) {
                clients.put(way, sockets(service.port(), way.tool));
            }
        }
        List<Map<Integer, Map<Way, Sample>>> rounds = new ArrayList<>();
        for (int round = -WARMUP; round < ROUNDS; round++) {
            Map<Integer, Map<Way, Sample>> measured = round(clients, service.process());
            System.out.printf("%s %s%n", round < 0 ? "warm-up" : "round " + round, line(measured));
            if (round >= 0) {
                rounds.add(measured);
            }
        }
        return rounds;
    }

    private static Map<Integer, Map<Way, Sample>> round(
            Map<Way, List<LoadLoop.Client>> clients, ProcessHandle service) throws Exception {
        Map<Integer, Map<Way, Sample>> measured = new TreeMap<>();
        for (int number : CLIENTS) {
            Map<Way, Sample> samples = new EnumMap<>(Way.class);
            for (Way way : WAYS) {
                Duration before = cpu(service);
                LoadLoop.Result result = LoadLoop.run(clients.get(way).subList(0, number), TIME);
                double micros = cpu(service).minus(before).toNanos() / 1e3 / result.calls();
                samples.put(
                        way,
                        new Sample(
                                result.micros(0.5),
                                result.micros(0.99),
                                result.callsPerSecond(),
                                micros));
            }
            measured.put(number, samples);
        }
        return measured;
    }

    private static Duration cpu(ProcessHandle service) {
        return service.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    // the two upstreams, and the service with one of each

    private static String[] arguments(URI http) {
        var arguments = new ArrayList<String>();
        arguments.add("--springline.requests.rate=1000000/s");
        String stdio = "--springline.relay.upstreams.stdio.";
        StdioCommand command = StdioServer.command();
        arguments.add(stdio + "command=" + command.command());
        for (int i = 0; i < command.args().size(); i++) {
            arguments.add(stdio + "args[" + i + "]=" + command.args().get(i));
        }
        arguments.add(stdio + "prefix=true");
        arguments.add("--springline.relay.upstreams.http.url=" + http);
        arguments.add("--springline.relay.upstreams.http.prefix=true");
        return arguments.toArray(String[]::new);
    }

    private URI startHttp() throws IOException {
        Process process =
                new ProcessBuilder(HttpEchoServer.command())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        open.add(process::destroyForcibly);
        var out =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        return URI.create("http://127.0.0.1:%s/mcp".formatted(out.readLine()));
    }

    private UpstreamTransport stdio() {
        var groups = new ProcessGroups();
        open.add(groups);
        return new StdioTransport(
                "stdio",
                StdioServer.command(),
                groups,
                JsonRpcCodec.json(MAX_BYTES),
                MAX_BYTES,
                new StderrRing());
    }

    private UpstreamTransport http(URI url) {
        HttpClient client = RelayHttpClient.start(PATIENCE);
        open.add(client::stop);
        return new HttpTransport(
                "http",
                Transport.HTTP,
                new HttpEndpoint(url, Map.of()),
                RequestCredential.NONE,
                JsonRpcCodec.json(MAX_BYTES),
                client,
                PATIENCE,
                MAX_BYTES);
    }

    // the clients

    private LoadLoop.Client direct(UpstreamTransport transport) throws Exception {
        var client =
                new UpstreamClient("bench", RelayProperties.Mode.SHARED, transport, new Silent());
        open.add(() -> client.close("the benchmark ends"));
        UpstreamConnection.open(transport, client, Era.LEGACY, StdioServer.read("{}"), PATIENCE);
        ObjectNode params = StdioServer.read("{'name':'echo','arguments':{'message':'hello'}}");
        return () -> client.request("tools/call", params, PATIENCE);
    }

    private static final class Silent implements UpstreamClient.Listener {
        @Override
        public void notified(String method, @Nullable ObjectNode params) {}

        @Override
        public void trouble(String what) {}

        @Override
        public void closed(String reason) {}
    }

    private List<LoadLoop.Client> sockets(int port, String tool) throws IOException {
        var sockets = new ArrayList<LoadLoop.Client>();
        for (int i = 0; i < 16; i++) {
            var client = new SocketClient(port, tool);
            open.add(client.socket::close);
            sockets.add(client);
        }
        return sockets;
    }

    /** Always the same request: the id is free again when the answer has come. */
    private static final class SocketClient implements LoadLoop.Client {

        private static final int PONG = 10;
        private final RawSocket socket;
        private final byte[] request;

        SocketClient(int port, String tool) throws IOException {
            socket = new RawSocket(port, "/mcp", "Sec-WebSocket-Protocol: mcp");
            socket.sendText(
                    """
                    {"jsonrpc":"2.0","id":0,"method":"initialize","params":\
                    {"protocolVersion":"2025-11-25","capabilities":{},\
                    "clientInfo":{"name":"bench","version":"1"}}}\
                    """);
            answer("\"protocolVersion\"");
            socket.sendText("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
            request =
                    """
                    {"jsonrpc":"2.0","id":7,"method":"tools/call","params":\
                    {"name":"%s","arguments":{"message":"hello"}}}\
                    """
                            .formatted(tool)
                            .getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public void call() throws IOException {
            socket.send(RawSocket.TEXT, request);
            answer("hello");
        }

        private void answer(String expected) throws IOException {
            RawSocket.Frame frame = socket.read();
            while (frame.opcode() == RawSocket.PING) {
                socket.send(PONG, frame.payload());
                frame = socket.read();
            }
            if (!frame.text().contains(expected)) {
                throw new IOException("not expected: " + frame.text());
            }
        }
    }

    // the report: medians over the rounds

    private static String line(Map<Integer, Map<Way, Sample>> measured) {
        var line = new StringBuilder("p50 µs:");
        measured.forEach((clients, samples) -> {
            line.append(" | %d clients:".formatted(clients));
            samples.forEach(
                    (way, sample) -> line.append(" %s %s".formatted(way, whole(sample.p50))));
        });
        return line.toString();
    }

    private static String report(List<Map<Integer, Map<Way, Sample>>> rounds) {
        var text = new StringBuilder();
        text.append("Medians of %d rounds of %d s, µs.%n".formatted(ROUNDS, TIME.toSeconds()));
        for (int clients : CLIENTS) {
            List<Map<Way, Sample>> all = rounds.stream().map(each -> each.get(clients)).toList();
            text.append("%n%d client%s:%n%n".formatted(clients, clients > 1 ? "s" : ""));
            text.append("| | p50 | p99 | calls/s | service CPU per call |\n");
            text.append("|---|---:|---:|---:|---:|\n");
            for (Way way : WAYS) {
                String cpu = way.tool == null ? "" : median(all, s -> s.get(way).cpuMicros);
                text.append(
                        "| %s | %s | %s | %s | %s |%n"
                                .formatted(
                                        way.title,
                                        median(all, s -> s.get(way).p50),
                                        median(all, s -> s.get(way).p99),
                                        median(all, s -> s.get(way).callsPerSecond),
                                        cpu));
            }
            added(text, all, "stdio", Way.STDIO, Way.STDIO_RELAYED);
            added(text, all, "HTTP", Way.HTTP, Way.HTTP_RELAYED);
        }
        return text.toString();
    }

    private static void added(
            StringBuilder text, List<Map<Way, Sample>> all, String kind, Way direct, Way relayed) {
        if (!WAYS.containsAll(Set.of(Way.LOCAL, direct, relayed))) {
            return;
        }
        ToDoubleFunction<Map<Way, Sample>> hop =
                round -> round.get(relayed).p50 - round.get(direct).p50;
        ToDoubleFunction<Map<Way, Sample>> relay =
                round -> hop.applyAsDouble(round) - round.get(Way.LOCAL).p50;
        text.append(row("added p50, %s: (b) - (a)".formatted(kind), all, hop));
        text.append(row("without the WebSocket: (b) - (a) - (c)", all, relay));
    }

    private static String row(
            String title, List<Map<Way, Sample>> all, ToDoubleFunction<Map<Way, Sample>> of) {
        var range = all.stream().mapToDouble(of).summaryStatistics();
        return "| %s | **%s** (%s to %s) | | | |%n"
                .formatted(title, median(all, of), whole(range.getMin()), whole(range.getMax()));
    }

    private static String median(
            List<Map<Way, Sample>> all, ToDoubleFunction<Map<Way, Sample>> of) {
        double[] sorted = all.stream().mapToDouble(of).sorted().toArray();
        return whole(sorted[sorted.length / 2]);
    }

    private static String whole(double number) {
        return String.format(Locale.ROOT, "%.0f", number);
    }
}
