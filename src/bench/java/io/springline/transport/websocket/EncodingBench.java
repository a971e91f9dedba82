package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.testing.RawSocket;
import io.springline.testing.RunningJar;
import io.springline.transport.TransportStatistics;
import io.springline.transport.websocket.jetty.MessageDeflate;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * JSON and CBOR, each plain and compressed: bytes and CPU of each message of a corpus, all four
 * ways in turns in one run; and what an idle compressed connection takes. {@code ./mvnw -Pbench
 * verify -Dit.test=EncodingBench}, to {@code target/bench/encodings.md}.
 *
 * <p>A round is the whole corpus. With all rounds of a message in a row, the first message of
 * another kind is measured while the JIT compiler still throws away what it took for granted.
 *
 * <p>CPU is that of the thread that encodes, compresses, inflates and decodes, without a socket.
 */
class EncodingBench {

    private static final Path OUTPUT = Path.of("target", "bench");
    private static final int LIMIT = 16 << 20;
    private static final int CONNECTIONS = Integer.getInteger("bench.connections", 5000);
    private static final int ROUNDS = 9;
    private static final int WARM_UP = 3;
    private static final long ROUND_NANOS = 20_000_000;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private enum Way {
        TEXT("text", JsonRpcCodec.json(LIMIT), false),
        TEXT_DEFLATE("text+deflate", JsonRpcCodec.json(LIMIT), true),
        CBOR("CBOR", JsonRpcCodec.cbor(LIMIT), false),
        CBOR_DEFLATE("CBOR+deflate", JsonRpcCodec.cbor(LIMIT), true);

        private final String title;
        private final JsonRpcCodec codec;
        private final boolean compressed;

        Way(String title, JsonRpcCodec codec, boolean compressed) {
            this.title = title;
            this.codec = codec;
            this.compressed = compressed;
        }
    }

    private final MessageDeflate zlib = new MessageDeflate(1024, LIMIT, new TransportStatistics());

    private byte[] sent(Way way, JsonRpcMessage message) {
        byte[] encoded = way.codec.encode(message);
        return way.compressed ? zlib.deflate(encoded) : encoded;
    }

    private Decoded received(Way way, byte[] wire, int plainLength) {
        boolean deflated = way.compressed && wire.length < plainLength;
        return way.codec.decode(deflated ? zlib.inflate(wire) : wire);
    }

    /** CPU of each way, to send and to receive, of each round. */
    private record Row(JsonRpcMessage message, double[][] send, double[][] receive) {

        Row(JsonRpcMessage message) {
            this(
                    message,
                    new double[Way.values().length][ROUNDS],
                    new double[Way.values().length][ROUNDS]);
        }
    }

    @Test
    void bytesAndCpu() throws IOException {
        var rows = new LinkedHashMap<String, Row>();
        Corpus.messages().forEach((name, message) -> rows.put(name, new Row(message)));
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            for (Row row : rows.values()) {
                for (Way way : Way.values()) {
                    measure(way, row, round);
                }
            }
        }
        var sizes = new StringBuilder("| bytes |");
        var cpu = new StringBuilder("| CPU, µs, send + receive |");
        for (Way way : Way.values()) {
            sizes.append(' ').append(way.title).append(" |");
            cpu.append(' ').append(way.title).append(" |");
        }
        sizes.append("\n|---|---:|---:|---:|---:|\n");
        cpu.append("\n|---|---:|---:|---:|---:|\n");
        rows.forEach((name, row) -> report(name, row, sizes, cpu));
        String text = sizes + "\n" + cpu + "\nload average %.1f\n".formatted(load());
        Files.createDirectories(OUTPUT);
        Files.writeString(OUTPUT.resolve("encodings.md"), text);
        System.out.println("\n" + text);
    }

    private static double load() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                .getSystemLoadAverage();
    }

    private void measure(Way way, Row row, int round) {
        JsonRpcMessage message = row.message;
        int plain = way.codec.encode(message).length;
        byte[] wire = sent(way, message);
        double send = micros(() -> sent(way, message));
        double receive = micros(() -> received(way, wire, plain));
        if (round >= 0) {
            row.send[way.ordinal()][round] = send;
            row.receive[way.ordinal()][round] = receive;
        }
    }

    private void report(String name, Row row, StringBuilder sizes, StringBuilder cpu) {
        sizes.append("| ").append(name).append(" |");
        cpu.append("| ").append(name).append(" |");
        for (Way way : Way.values()) {
            sizes.append(String.format(Locale.ROOT, " %,d |", sent(way, row.message).length));
            cpu.append(
                    String.format(
                            Locale.ROOT,
                            " %.1f + %.1f |",
                            median(row.send[way.ordinal()]),
                            median(row.receive[way.ordinal()])));
        }
        sizes.append('\n');
        cpu.append('\n');
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    /** CPU of one run, from as many as take a while. */
    private static double micros(Runnable work) {
        long start = THREADS.getCurrentThreadCpuTime();
        long end = start;
        int runs = 0;
        while (end - start < ROUND_NANOS) {
            for (int i = 0; i < 8; i++) {
                work.run();
            }
            runs += 8;
            end = THREADS.getCurrentThreadCpuTime();
        }
        return (end - start) / 1000.0 / runs;
    }

    private record Taken(double heap, double resident) {}

    /** Each has sent and received a message, compressed where that was negotiated. */
    @Test
    void idleConnections() throws Exception {
        var report = new StringBuilder("| KB a connection | heap | RSS |\n|---|---:|---:|\n");
        Map.of(
                        "plain",
                        List.<String>of(),
                        "compressed",
                        List.of("Sec-WebSocket-Extensions: permessage-deflate"))
                .forEach((name, headers) -> {
                    try {
                        Taken taken = idle(headers);
                        report.append(
                                String.format(
                                        Locale.ROOT,
                                        "| %,d idle, %s | %.1f | %.1f |%n",
                                        CONNECTIONS,
                                        name,
                                        taken.heap,
                                        taken.resident));
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                });
        Files.createDirectories(OUTPUT);
        Files.writeString(OUTPUT.resolve("idle-compressed.md"), report.toString());
        System.out.println("\n" + report);
    }

    private static Taken idle(List<String> headers) throws Exception {
        try (var server =
                new RunningJar(
                                "--spring.profiles.active=conformance",
                                "--springline.websocket.compression.enabled=true",
                                "--springline.websocket.heartbeat.interval=1h",
                                "--springline.websocket.connection-rate-per-address=100000/s",
                                "--springline.websocket.max-connections-per-principal=100000",
                                "--springline.websocket.max-connections-per-address=100000",
                                "--springline.websocket.max-unauthenticated-connections=100000",
                                "--springline.websocket.max-unauthenticated-connections-per-address=100000")
                        .ready()) {
            for (int i = 0; i < 200; i++) {
                exchange(server.port(), headers).close();
            }
            return taken(server, headers);
        }
    }

    private static Taken taken(RunningJar server, List<String> headers) throws Exception {
        var open = new ArrayList<RawSocket>();
        try {
            long pid = server.process().pid();
            Taken before = new Taken(heap(pid), resident(pid));
            for (int i = 0; i < CONNECTIONS; i++) {
                open.add(exchange(server.port(), headers));
            }
            Taken after = new Taken(heap(pid), resident(pid));
            return new Taken(
                    (after.heap - before.heap) / CONNECTIONS,
                    (after.resident - before.resident) / CONNECTIONS);
        } finally {
            for (RawSocket each : open) {
                each.close();
            }
        }
    }

    private static RawSocket exchange(int port, List<String> headers) throws IOException {
        var socket = new RawSocket(port, "/mcp", headers.toArray(String[]::new));
        assertThat(socket.status()).isEqualTo(101);
        socket.sendText(
                """
                {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}\
                """);
        socket.read();
        socket.sendText("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
        socket.sendText("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}");
        RawSocket.Frame list = socket.read();
        boolean compressed = (list.first() & RawSocket.RSV1) != 0;
        assertThat(compressed).isEqualTo(!headers.isEmpty());
        return socket;
    }

    /** What a full collection leaves, in KB. */
    private static double heap(long pid) throws IOException {
        Process jcmd =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                                Long.toString(pid),
                                "GC.class_histogram")
                        .redirectErrorStream(true)
                        .start();
        String histogram =
                new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        String[] total = histogram.substring(histogram.lastIndexOf('\n') + 1).split(" +");
        return Long.parseLong(total[2]) / 1024.0;
    }

    private static double resident(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
