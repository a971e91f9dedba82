package io.springline.relay;

import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/**
 * One principal that does whatever the protocol allows, at the limits, each attack on a thread of
 * its own and over and over. What the service does about it, an error, a close code, a refused
 * upgrade, is no failure: the attack begins again.
 */
final class HostilePrincipal implements AutoCloseable {

    /** As the service of {@link HostilePrincipalIT} is configured. */
    static final int MAX_MESSAGE = 1 << 20;

    private static final String MODERN = McpPeer.meta("{\"elicitation\":{},\"sampling\":{}}");

    /** One round of an attack. */
    @FunctionalInterface
    private interface Attack {
        void run() throws Exception;
    }

    private final String uri;
    private final int port;
    private final Map<String, String> headers;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final Map<String, AtomicLong> rounds = new ConcurrentHashMap<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final String only;
    private volatile boolean over;

    /**
     * @param only the name of the only attack, or empty for all
     */
    HostilePrincipal(int port, String token, String address, String only) {
        this.only = only;
        this.port = port;
        this.uri = "ws://127.0.0.1:" + port + "/mcp";
        this.headers = Map.of("Authorization", "Bearer " + token, "X-Forwarded-For", address);
    }

    void begin() {
        attack("floods of calls", this::floodOfCalls);
        attack("largest messages", this::largestMessages);
        attack("deepest arguments, parked", this::parkedCalls);
        attack("legacy questions, not answered", this::unansweredQuestions);
        attack("batches", this::batches);
        attack("junk subscriptions", this::junkSubscriptions);
        attack("junk listens", this::junkListens);
        attack("opens and resets", this::opensAndResets);
        attack("resumes with guesses", this::guesses);
        attack("wrong tokens", this::wrongTokens);
        attack("tickets", this::tickets);
        attack("cancel storms", this::cancelStorm);
        attack("nothing acknowledged", this::nothingAcknowledged);
        attack("nothing read", this::nothingRead);
        attack("messages without end", this::withoutEnd);
        attack("operators' endpoints", this::operatorsEndpoints);
        attack("shared upstream", this::sharedUpstream);
        attack("processes", this::processes);
        attack("broken messages", this::brokenMessages);
        attack("slow patterns and equal hashes", this::equalHashes);
    }

    private void attack(String name, Attack attack) {
        if (!only.isEmpty() && !only.equals(name)) {
            return;
        }
        var count = new AtomicLong();
        rounds.put(name, count);
        threads.add(
                Thread.ofVirtual()
                        .name(name)
                        .start(() -> {
                            while (!over) {
                                try {
                                    attack.run();
                                } catch (InterruptedException e) {
                                    return;
                                } catch (Exception | AssertionError refused) {
                                    pause(50);
                                }
                                count.incrementAndGet();
                            }
                        }));
    }

    /**
     * Attacks until its input ends. Prints a line when all attacks have been tried, and another one
     * at the end.
     *
     * @param arguments the port, the token, the address, and the only attack or an empty text
     */
    public static void main(String[] arguments) throws Exception {
        try (var hostile =
                new HostilePrincipal(
                        Integer.parseInt(arguments[0]), arguments[1], arguments[2], arguments[3])) {
            hostile.begin();
            Thread.startVirtualThread(hostile::tellOnceAllAreTried);
            System.in.readAllBytes();
            System.out.println(hostile.rounds());
        }
        System.exit(0);
    }

    private void tellOnceAllAreTried() {
        while (!hasTriedAll()) {
            pause(100);
        }
        System.out.println("tried all");
    }

    private boolean hasTriedAll() {
        return rounds.values().stream().allMatch(count -> count.get() > 0);
    }

    /** Returns how often each attack ended, by itself or since the service refused it. */
    private Map<String, Long> rounds() {
        return rounds.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, each -> each.getValue().get()));
    }

    @Override
    public void close() {
        over = true;
        threads.forEach(Thread::interrupt);
        http.shutdownNow();
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private SocketPeer connect() {
        return SocketPeer.connect(uri, headers, "mcp");
    }

    private RawSocket raw(int receiveBuffer) throws Exception {
        String[] lines =
                headers.entrySet().stream()
                        .map(each -> each.getKey() + ": " + each.getValue())
                        .toArray(String[]::new);
        return new RawSocket(port, "/mcp", receiveBuffer, lines);
    }

    private static String request(Object id, String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"%s\",\"params\":{%s,%s}}"
                .formatted(id, method, MODERN, params);
    }

    private static String call(Object id, String tool, String arguments) {
        return request(
                id, "tools/call", "\"name\":\"%s\",\"arguments\":%s".formatted(tool, arguments));
    }

    private static String numbered(int count, String form, String separator) {
        return IntStream.range(0, count)
                .mapToObj(form::formatted)
                .collect(Collectors.joining(separator));
    }

    private void floodOfCalls() throws Exception {
        try (var peer = connect()) {
            for (int i = 0; i < 3_000 && peer.closeCode() == null && !over; i++) {
                peer.send(call(i, "sleep", "{\"ms\":2000}"));
            }
            peer.poll(200);
        }
    }

    private void largestMessages() throws Exception {
        String large = "x".repeat(MAX_MESSAGE - 1_000);
        String wide = "0" + ",0".repeat((MAX_MESSAGE - 1_000) / 2);
        try (var peer = connect()) {
            for (int i = 0; i < 20 && peer.closeCode() == null; i++) {
                peer.send(call(2 * i, "sleep", "{\"ms\":500,\"more\":\"%s\"}".formatted(large)));
                peer.send(
                        call(
                                2 * i + 1,
                                "echo",
                                "{\"message\":\"m\",\"more\":[%s]}".formatted(wide)));
            }
            peer.poll(500);
        }
    }

    private void parkedCalls() throws Exception {
        String deep = "[".repeat(190) + "]".repeat(190);
        try (var peer = connect()) {
            for (int i = 0; i < 500 && peer.closeCode() == null; i++) {
                peer.send(
                        call(
                                i,
                                "test_elicitation",
                                "{\"message\":\"m\",\"more\":%s}".formatted(deep)));
            }
            peer.poll(200);
        }
    }

    private void unansweredQuestions() throws Exception {
        try (var peer = connect()) {
            peer.initialize("2025-11-25", "{\"elicitation\":{},\"sampling\":{},\"roots\":{}}");
            for (int i = 0; i < 200 && peer.closeCode() == null; i++) {
                peer.send(
                        legacyCall(
                                i,
                                i % 2 == 0 ? "shared_ask" : "test_elicitation",
                                "{\"message\":\"m\"}"));
            }
            peer.poll(500);
        }
    }

    private static String legacyCall(int id, String tool, String arguments) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\",\"arguments\":%s}}"
                .formatted(id, tool, arguments);
    }

    private void batches() throws Exception {
        String pings = numbered(1000, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"ping\"}", ",");
        String calls =
                IntStream.range(0, 1000)
                        .mapToObj(i -> legacyCall(i, "echo", "{\"message\":\"m\"}"))
                        .collect(Collectors.joining(","));
        try (var peer = connect()) {
            peer.initialize("2025-03-26", "{}");
            peer.ask("[" + pings + "]");
            peer.ask("[" + calls + "]");
        }
    }

    private void junkSubscriptions() throws Exception {
        try (var peer = connect()) {
            peer.initialize("2025-11-25", "{}");
            for (int i = 0; i < 1_100 && peer.closeCode() == null; i++) {
                peer.send(
                        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"resources/subscribe\",\"params\":{\"uri\":\"test://junk/%d/%d\"}}"
                                .formatted(i, System.nanoTime(), i));
            }
            peer.poll(200);
        }
    }

    private void junkListens() throws Exception {
        String uris = numbered(1_000, "\"test://junk/%d\"", ",");
        try (var peer = connect()) {
            for (int i = 0; i < 70 && peer.closeCode() == null; i++) {
                peer.send(
                        request(
                                i,
                                "subscriptions/listen",
                                "\"notifications\":{\"toolsListChanged\":true,\"resourceSubscriptions\":[%s]}"
                                        .formatted(i == 0 ? uris : "")));
            }
            peer.poll(200);
        }
    }

    private void opensAndResets() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (var socket = raw(0)) {
                socket.sendText("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"springline/open\"}");
                socket.read(RawSocket.TEXT);
                socket.reset();
            }
        }
    }

    private void guesses() throws Exception {
        try (var peer = connect()) {
            for (String token :
                    List.of("x", "}.x", "{a}", "A".repeat(43), "", "x".repeat(10_000))) {
                peer.ask(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"springline/resume\",\"params\":{\"token\":\"%s\",\"epoch\":\"1\",\"received\":0}}"
                                .formatted(token));
            }
        }
    }

    private void wrongTokens() {
        Map<String, String> wrong =
                Map.of(
                        "Authorization",
                        "Bearer wrong-" + System.nanoTime(),
                        "X-Forwarded-For",
                        headers.get("X-Forwarded-For"));
        SocketPeer.connect(uri, wrong, "mcp").close();
    }

    private void tickets() throws Exception {
        for (int i = 0; i < 20; i++) {
            http("POST", "/mcp/ticket");
        }
    }

    private void cancelStorm() throws Exception {
        try (var peer = connect()) {
            for (int i = 0; i < 400 && peer.closeCode() == null; i++) {
                peer.send(call(i, i % 2 == 0 ? "sleep" : "shared_sleep", "{\"ms\":60000}"));
                peer.send(
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":%d}}"
                                .formatted(i));
            }
            peer.poll(100);
        }
    }

    private void nothingAcknowledged() throws Exception {
        try (var peer = connect()) {
            peer.ask("{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\"}");
            for (int i = 0; i < 200 && peer.closeCode() == null; i++) {
                peer.send(call(i, "blob", "{\"bytes\":100000}"));
            }
            peer.poll(1_000);
            peer.cut();
        }
    }

    private void nothingRead() throws Exception {
        try (var socket = raw(4096)) {
            for (int i = 0; i < 200; i++) {
                socket.sendText(call(i, i % 2 == 0 ? "blob" : "shared_huge", "{\"bytes\":500000}"));
            }
            pause(2_000);
        }
    }

    private void withoutEnd() throws Exception {
        try (var socket = raw(0)) {
            byte[] part = "[".repeat(MAX_MESSAGE / 4).getBytes(StandardCharsets.US_ASCII);
            socket.send(RawSocket.TEXT, part);
            socket.send(RawSocket.CONTINUATION, part);
            pause(500);
            socket.send(RawSocket.CONTINUATION, part);
            pause(500);
        }
    }

    private void operatorsEndpoints() throws Exception {
        for (String path :
                List.of(
                        "/actuator/health",
                        "/actuator/prometheus",
                        "/actuator/connections",
                        "/console/",
                        "/console/api/overview",
                        "/console/api/connections?filter=a&page=999999999",
                        "/mcp",
                        "/.well-known/oauth-protected-resource/mcp",
                        "/nothing")) {
            http("GET", path);
        }
    }

    private void http(String method, String path) throws Exception {
        var request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(Duration.ofSeconds(10))
                        .method(method, HttpRequest.BodyPublishers.noBody());
        headers.forEach(request::header);
        http.send(request.build(), BodyHandlers.discarding());
    }

    private void sharedUpstream() throws Exception {
        try (var peer = connect()) {
            peer.initialize("2025-11-25", "{\"elicitation\":{}}");
            for (int i = 0; i < 100 && peer.closeCode() == null; i++) {
                String tool =
                        List.of("shared_log", "shared_touch", "shared_garbage", "shared_silent")
                                .get(i % 4);
                peer.send(legacyCall(i, tool, "{}"));
            }
            peer.poll(500);
        }
    }

    private void processes() throws Exception {
        var peers = new CopyOnWriteArrayList<SocketPeer>();
        try {
            for (int i = 0; i < 8; i++) {
                SocketPeer peer = connect();
                peers.add(peer);
                peer.send(call(1, "own_echo", "{\"message\":\"m\"}"));
            }
            pause(3_000);
        } finally {
            peers.forEach(SocketPeer::close);
        }
    }

    private void brokenMessages() throws Exception {
        try (var peer = connect()) {
            for (String broken :
                    List.of(
                            "{",
                            "[]",
                            "7",
                            "{\"jsonrpc\":\"2.0\",\"id\":1}",
                            "\"\\ud800\"",
                            "[".repeat(100_000))) {
                peer.send(broken);
                JsonNode answer = peer.receive();
                if (!answer.has("error")) {
                    throw new IllegalStateException("not refused: " + broken);
                }
            }
        }
    }

    private void equalHashes() throws Exception {
        String items =
                IntStream.range(0, 8_192)
                        .mapToObj(i -> Integer.toBinaryString(i | 8_192))
                        .map(bits -> '"' + bits.replace("0", "Aa").replace("1", "BB") + '"')
                        .collect(Collectors.joining(","));
        try (var peer = connect()) {
            peer.ask(call(1, "echo", "{\"message\":[%s]}".formatted(items)));
            peer.ask(call(2, "echo", "{\"message\":{%s:1}}".formatted(items.replace(",", ":1,"))));
        }
    }
}
