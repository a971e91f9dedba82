package io.springline.ops;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.LoggerContext;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.springline.SpringlineApplication;
import io.springline.testing.Http;
import io.springline.testing.OtlpCollector;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The meters of the whole service, with an upstream, and with tracing on, which must add none. */
class MetricsIT {

    private static final String GENERATED = "| Meter | Prometheus |";
    private static final String UPSTREAM = "an-upstream";
    private static final int NAMES = Integer.getInteger("hostile.names", 300);

    private static OtlpCollector collector;
    private static ConfigurableApplicationContext service;
    private static int port;

    @BeforeAll
    static void start() throws IOException {
        collector = new OtlpCollector();
        String[] arguments = {
            "--server.port=0",
            "--springline.requests.rate=1000000/s",
            "--springline.relay.upstreams." + UPSTREAM + ".url=http://127.0.0.1:9/mcp"
        };
        service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(
                                Stream.of(arguments, collector.arguments())
                                        .flatMap(Arrays::stream)
                                        .toArray(String[]::new));
        port = service.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }

    @AfterAll
    static void stop() {
        service.close();
        collector.close();
    }

    private static MeterRegistry registry() {
        return service.getBean(MeterRegistry.class);
    }

    private static List<Meter> own() {
        return registry().getMeters().stream()
                .filter(meter -> meter.getId().getName().startsWith("springline."))
                .toList();
    }

    private static String scrape() throws Exception {
        return Http.send(port, "GET", "/actuator/prometheus").body();
    }

    @Test
    void theTableInTheDocumentationIsThatOfTheService() throws IOException {
        String table = table();
        Files.writeString(Path.of("target/metrics.md"), table);
        String page = Files.readString(Path.of("docs/metrics.md"));
        int at = page.indexOf(GENERATED);
        assertThat(at < 0 ? "" : page.substring(at))
                .as("the table of docs/metrics.md; target/metrics.md has what should be there")
                .isEqualTo(table);
    }

    private static String table() {
        Map<String, List<Meter>> byName =
                own().stream()
                        .collect(
                                groupingBy(
                                        meter -> meter.getId().getName(), TreeMap::new, toList()));
        return GENERATED
                + " Type | Unit | Tags | |\n|---|---|---|---|---|---|\n"
                + byName.values().stream().map(MetricsIT::row).collect(joining());
    }

    private static String row(List<Meter> series) {
        Meter.Id id = series.getFirst().getId();
        assertThat(id.getDescription()).as("description of %s", id.getName()).isNotBlank();
        String unit = id.getBaseUnit();
        return "| `%s` | `%s` | %s | %s | %s | %s |\n"
                .formatted(
                        id.getName(),
                        id.getConventionName(registry().config().namingConvention())
                                + (id.getType() == Meter.Type.COUNTER ? "_total" : ""),
                        id.getType().name().toLowerCase(Locale.ROOT),
                        unit == null ? "" : unit,
                        tags(series),
                        id.getDescription());
    }

    private static String tags(List<Meter> series) {
        var values = new TreeMap<String, TreeSet<String>>();
        for (Meter meter : series) {
            for (Tag tag : meter.getId().getTags()) {
                values.computeIfAbsent(tag.getKey(), _ -> new TreeSet<>()).add(tag.getValue());
            }
        }
        return values.entrySet().stream()
                .map(tag -> "`%s`: %s".formatted(tag.getKey(), allowed(tag.getValue())))
                .collect(joining("; "));
    }

    private static String allowed(TreeSet<String> values) {
        return values.contains(UPSTREAM)
                ? "the names of `springline.relay.upstreams`, and of servers that have attached"
                : values.stream().map(value -> "`" + value + "`").collect(joining(", "));
    }

    @Test
    void prometheusReadsAndLikesTheScrape() throws Exception {
        assumeTrue(isInstalled("promtool"), "promtool is missing: apt-get install prometheus");
        assertThat(promtool(scrape()).lines().filter(line -> !line.startsWith("springline_")))
                .noneMatch(line -> line.contains("error while linting"));
        String own =
                scrape().lines()
                                .filter(line -> line.matches("(# (HELP|TYPE) )?springline_.*"))
                                .collect(joining("\n"))
                        + "\n";
        assertThat(own)
                .contains("springline_requests_seconds_bucket", "le=\"1.0E-4\"", "le=\"300.0\"");
        assertThat(promtool(own)).isEmpty();
    }

    @Test
    void whatIsLoggedIsCountedAndNobodyIsAskedBefore() throws Exception {
        assertThat(scrape()).contains("logback_events_total{level=\"error\"}");
        assertThat(((LoggerContext) LoggerFactory.getILoggerFactory()).getTurboFilterList())
                .as("which would be asked many times for each frame")
                .isEmpty();
    }

    @Test
    void aTraceIsTheExemplarOfABucket() throws Exception {
        try (var peer = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp")) {
            peer.initialize("2025-11-25", "{}");
            peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
        }
        String openMetrics =
                Http.send(
                                port,
                                "GET",
                                "/actuator/prometheus",
                                "Accept",
                                "application/openmetrics-text; version=1.0.0")
                        .body();
        assertThat(openMetrics.lines())
                .anyMatch(line ->
                        line.startsWith("springline_requests_seconds_bucket")
                                && line.contains("method=\"tools/list\"")
                                && line.contains("trace_id="));
    }

    @Test
    void thatParserRefusesWhatIsBroken() throws Exception {
        assumeTrue(isInstalled("promtool"), "promtool is missing: apt-get install prometheus");
        assertThat(promtool("springline_x{a=\"b} 1\n")).contains("error while linting");
    }

    private static boolean isInstalled(String command) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, command)));
    }

    /** What Prometheus's own parser and linter have to say. */
    private static String promtool(String scrape) throws Exception {
        Path file = Files.createTempFile(Path.of("target"), "scrape-", ".txt");
        Files.writeString(file, scrape);
        Process promtool =
                new ProcessBuilder("promtool", "check", "metrics")
                        .redirectInput(file.toFile())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(promtool.getInputStream().readAllBytes());
        promtool.waitFor();
        return said;
    }

    @Test
    @Timeout(120)
    void aHostileClientCannotMakeSeries() throws Exception {
        try (var peer = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp")) {
            peer.initialize("2025-11-25", "{}");
            hostile(peer, 1);
            int own = own().size();
            int all = registry().getMeters().size();
            long lines = scrape().lines().count();
            hostile(peer, NAMES);
            assertThat(own()).hasSize(own);
            assertThat(registry().getMeters())
                    .noneMatch(meter -> meter.getId().getName().startsWith("mcp."));
            // the JVM's own collector may have shown itself meanwhile
            assertThat(registry().getMeters().size()).isLessThan(all + 50);
            assertThat(scrape().lines().count()).isLessThan(lines + 200);
            assertThat(scrape()).doesNotContain("hostile");
        }
    }

    private static void hostile(SocketPeer peer, int names) throws Exception {
        var answers = new ArrayList<Integer>();
        for (int i = 0; i < names; i++) {
            String name = "hostile" + names + "_" + i;
            peer.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"}".formatted(name));
            answers.add(peer.receive().at("/error/code").asInt());
            peer.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\"}}"
                            .formatted(name));
            answers.add(peer.receive().at("/error/code").asInt());
        }
        assertThat(answers).hasSize(2 * names).containsOnly(-32601, -32602);
        for (int i = 0; i < Math.min(names, 300); i++) {
            Http.send(port, "GET", "/hostile/" + i);
        }
    }
}
