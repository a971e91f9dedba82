package io.springline.relay;

import static io.springline.relay.RelayedService.ask;
import static io.springline.relay.RelayedService.call;
import static io.springline.relay.RelayedService.list;
import static io.springline.relay.RelayedService.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.relay.upstream.UpstreamView;
import io.springline.testing.HttpPeer;
import io.springline.testing.SocketPeer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Configuration files that change while clients are connected. */
class ReloadIT {

    private static final int RELOADS = 30;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir Path folder;

    private final CountDownLatch slow = new CountDownLatch(1);
    private final CountDownLatch slowBegan = new CountDownLatch(1);
    private TestHttpUpstream docs;
    private TestHttpUpstream extra;
    private ConfigurableApplicationContext service;

    @BeforeEach
    void startUpstreams() throws Exception {
        docs = new TestHttpUpstream(asked -> answer(asked, "search"));
        extra = new TestHttpUpstream(asked -> answer(asked, "other"));
    }

    @AfterEach
    void stop() {
        slow.countDown();
        if (service != null) {
            service.close();
        }
        docs.close();
        extra.close();
    }

    private void answer(TestHttpUpstream.Asked asked, String tool) throws Exception {
        if (asked.tryOpen("{\"tools\":{}}")) {
            return;
        }
        switch (asked.method()) {
            case "tools/list" ->
                    asked.result(
                            "{\"tools\":[{\"name\":\"%s\",\"inputSchema\":{\"type\":\"object\"}}]}"
                                    .formatted(tool));
            case "tools/call" -> {
                if (asked.body().at("/params/arguments").has("slow")) {
                    slowBegan.countDown();
                    slow.await();
                }
                asked.result("{\"content\":[{\"type\":\"text\",\"text\":\"done\"}]}");
            }
            default -> asked.status(202);
        }
    }

    private void write(String yaml) throws Exception {
        Path next = folder.resolve("next");
        Files.writeString(next, yaml);
        Files.move(next, folder.resolve("application.yml"), StandardCopyOption.ATOMIC_MOVE);
    }

    private String yaml(boolean withExtra, String find) {
        String more = withExtra ? "\n      extra:\n        url: " + extra.url() : "";
        return """
        springline:
          relay:
            upstreams:
              docs:
                url: %s%s
          endpoints:
            team:
              upstreams: [docs]
              tools:
                rename: { docs_search: %s }
        """
                .formatted(docs.url(), more, find);
    }

    private void start(String... properties) {
        var arguments =
                new ArrayList<>(
                        List.of(
                                "--server.port=0",
                                "--spring.config.additional-location=file:" + folder + "/"));
        arguments.addAll(List.of(properties));
        service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(arguments.toArray(String[]::new));
        await().until(() -> state("docs").equals("up"));
    }

    private String state(String upstream) {
        return service.getBean(Upstreams.class).all().stream()
                .filter(each -> each.name().equals(upstream))
                .map(UpstreamView::state)
                .findFirst()
                .orElse("none");
    }

    private int port() {
        return service.getEnvironment().getRequiredProperty("local.server.port", int.class);
    }

    private SocketPeer connect(String endpoint) throws Exception {
        SocketPeer peer = SocketPeer.connect("ws://127.0.0.1:%d/mcp%s".formatted(port(), endpoint));
        peer.initialize("2025-11-25", "{}");
        return peer;
    }

    private JsonNode actuator(String verb, String path) throws Exception {
        var request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:%d/actuator/%s".formatted(port(), path)))
                        .header("Content-Type", "application/json")
                        .method(verb, BodyPublishers.noBody());
        return JsonMapper.shared()
                .readTree(HTTP.send(request.build(), BodyHandlers.ofString()).body());
    }

    private static int count(SocketPeer peer) throws Exception {
        int changes = 0;
        for (String next = peer.poll(1); next != null; next = peer.poll(1)) {
            changes += next.contains("notifications/tools/list_changed") ? 1 : 0;
        }
        return changes;
    }

    @Test
    void appliesThirtyReloadsUnderLoadWithoutALostCall() throws Exception {
        write(yaml(false, "find0"));
        // a fast machine makes more calls than the default allows
        start("--springline.reload.watch=false", "--springline.requests.rate=1000000/s");
        var going = new AtomicBoolean(true);
        var calls = new AtomicInteger();
        var failure = new AtomicReference<String>();
        try (var team = connect("/team");
                var own = connect("/docs");
                var caller = connect("/docs");
                var http = new HttpPeer(port(), "/mcp/docs")) {
            Thread socketLoad = load(going, calls, failure, () -> call(caller, "search", "{}"));
            Thread httpLoad =
                    load(
                            going,
                            calls,
                            failure,
                            () ->
                                    HttpPeer.json(
                                            http.modern("tools/call", "search")
                                                    .post(HttpPeer.modernCall(1, "search", "{}"))
                                                    .body()));
            int changes = 0;
            for (int i = 1; i <= RELOADS; i++) {
                boolean withExtra = i % 2 == 1;
                write(yaml(withExtra, "find" + i));
                JsonNode done = actuator("POST", "reload");
                assertThat(done.path("fault").isNull() || done.path("fault").isMissingNode())
                        .as(done.toString())
                        .isTrue();
                String wanted = "find" + i;
                await().until(() ->
                        service.getBean(Upstreams.class).endpoint("team").features().stream()
                                .anyMatch(each -> wanted.equals(each.shownAs())));
                await().until(() -> state("extra").equals(withExtra ? "up" : "none"));
                int before = calls.get();
                await().until(() -> failure.get() != null || calls.get() >= before + 2);
                assertThat(failure.get()).isNull();
            }
            going.set(false);
            socketLoad.join();
            httpLoad.join();
            assertThat(failure.get()).isNull();
            assertThat(names(list(caller, "tools/list", "tools"), "name"))
                    .containsExactly("search");
            changes += count(team);
            // after an answer, nothing that was announced before it is still on its way
            team.send("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\"}");
            JsonNode next = team.receive();
            while (!next.has("id")) {
                changes++;
                next = team.receive();
            }
            assertThat(changes).isEqualTo(RELOADS);
            assertThat(ask(own, "ping", "{}").has("result")).isTrue();
            assertThat(count(own)).isZero();
            assertThat(team.closeCode()).isNull();
            assertThat(caller.closeCode()).isNull();
            assertThat(own.closeCode()).isNull();
        }
    }

    @FunctionalInterface
    private interface Load {
        JsonNode call() throws Exception;
    }

    private static Thread load(
            AtomicBoolean going, AtomicInteger calls, AtomicReference<String> failure, Load load) {
        return Thread.ofVirtual()
                .start(() -> {
                    while (going.get()) {
                        try {
                            JsonNode answer = load.call();
                            if (answer.at("/result/content/0/text").asString("").equals("done")) {
                                calls.incrementAndGet();
                            } else {
                                failure.compareAndSet(null, answer.toString());
                            }
                        } catch (Exception e) {
                            failure.compareAndSet(null, e.toString());
                        }
                        if (failure.get() != null) {
                            return;
                        }
                    }
                });
    }

    @Test
    void endsACallOfARemovedUpstreamAsItWouldHave() throws Exception {
        write(yaml(true, "find"));
        start("--springline.reload.watch=false");
        await().until(() -> state("extra").equals("up"));
        try (var peer = connect("");
                var other = connect("")) {
            await().until(() ->
                    names(list(other, "tools/list", "tools"), "name").contains("other"));
            peer.send(
                    """
                    {"jsonrpc":"2.0","id":7,"method":"tools/call",\
                    "params":{"name":"other","arguments":{"slow":true}}}\
                    """);
            slowBegan.await();
            write(yaml(false, "find"));
            actuator("POST", "reload");
            await().until(() ->
                    !names(list(other, "tools/list", "tools"), "name").contains("other"));
            slow.countDown();
            JsonNode answer = peer.receive();
            while (!answer.has("id")) {
                answer = peer.receive();
            }
            assertThat(answer.at("/result/content/0/text").asString())
                    .as(answer.toString())
                    .isEqualTo("done");
        }
    }

    @Test
    void servesTheOldUpstreamWhileTheNewOneIsNotReached() throws Exception {
        write(yaml(false, "find"));
        start("--springline.reload.watch=false");
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), extra.port());
        String moved = yaml(false, "find").replace("" + docs.url(), "" + extra.url());
        extra.close();
        try (var peer = connect("")) {
            write(moved);
            actuator("POST", "reload");
            await().until(() -> state("docs").equals("down"));
            assertThat(names(list(peer, "tools/list", "tools"), "name")).contains("search");
            assertThat(call(peer, "search", "{}").has("result")).isTrue();
            extra = new TestHttpUpstream(address, asked -> answer(asked, "other"));
            await().until(() -> names(list(peer, "tools/list", "tools"), "name").contains("other"));
            assertThat(names(list(peer, "tools/list", "tools"), "name")).doesNotContain("search");
        }
    }

    @Test
    void changesNothingWhileAVersionIsFaulty() throws Exception {
        write(yaml(false, "find"));
        start("--springline.reload.watch=false");
        try (var peer = connect("/team")) {
            for (String faulty :
                    List.of(
                            yaml(true, "a/b"),
                            yaml(true, "look") + "  endpoint: {}\n",
                            yaml(true, "look") + " : [\n")) {
                write(faulty);
                assertThat(actuator("POST", "reload").path("fault").asString("")).isNotEmpty();
                assertThat(names(list(peer, "tools/list", "tools"), "name"))
                        .containsExactly("find");
                assertThat(state("extra")).isEqualTo("none");
                assertThat(
                                actuator("GET", "health")
                                        .at("/components/reload/details/fault")
                                        .asString(""))
                        .isNotEmpty();
            }
            write(yaml(false, "look"));
            actuator("POST", "reload");
            await().until(() ->
                    names(list(peer, "tools/list", "tools"), "name").equals(List.of("look")));
            assertThat(actuator("GET", "health").at("/components/reload/details").has("fault"))
                    .isFalse();
        }
    }

    @Test
    void previewNamesWhatWouldChangeWithoutValues() throws Exception {
        write(yaml(false, "find"));
        start("--springline.reload.watch=false");
        write(yaml(false, "secret-name") + "  features:\n    page-size: 7\n");
        JsonNode preview = actuator("GET", "reload");
        assertThat(preview.path("changed").toString())
                .isEqualTo("[\"springline.endpoints.team.tools.rename.docs_search\"]");
        assertThat(preview.path("needsRestart").toString())
                .isEqualTo("[\"springline.features.page-size\"]");
        assertThat(preview.toString()).doesNotContain("secret-name");
        try (var peer = connect("/team")) {
            assertThat(names(list(peer, "tools/list", "tools"), "name")).containsExactly("find");
        }
    }

    @Test
    void appliesAChangedFileByItselfAndByASymbolicLink() throws Exception {
        Path first = Files.createDirectory(folder.resolve("v1"));
        Path second = Files.createDirectory(folder.resolve("v2"));
        Files.writeString(first.resolve("application.yml"), yaml(false, "find"));
        Files.writeString(second.resolve("application.yml"), yaml(false, "look"));
        Files.createSymbolicLink(folder.resolve("..data"), first.getFileName());
        Files.createSymbolicLink(
                folder.resolve("application.yml"), Path.of("..data/application.yml"));
        start("--springline.reload.interval=200ms");
        try (var peer = connect("/team")) {
            assertThat(names(list(peer, "tools/list", "tools"), "name")).containsExactly("find");
            Files.createSymbolicLink(folder.resolve("..data_tmp"), second.getFileName());
            Files.move(
                    folder.resolve("..data_tmp"),
                    folder.resolve("..data"),
                    StandardCopyOption.ATOMIC_MOVE);
            await().until(() ->
                    names(list(peer, "tools/list", "tools"), "name").equals(List.of("look")));
        }
    }
}
