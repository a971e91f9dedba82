package io.springline.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.springline.SpringlineApplication;
import io.springline.testing.Http;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the alerts and the dashboard ask for is what the service exports, labels and all. */
class DashboardTest {

    private static final Pattern SELECTOR = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)\\{([^}]*)}");
    private static final Pattern MATCHER =
            Pattern.compile("([a-z_]+)(=~|=)\"((?:[^\"\\\\]|\\\\.)*)\"");

    /** Labels that Prometheus adds. */
    private static final Set<String> TARGET = Set.of("namespace", "job", "pod");

    private static ConfigurableApplicationContext service;
    private static String scrape;

    @BeforeAll
    static void startWithAnUpstreamAndRedisAway() {
        service =
                SpringApplication.run(
                        SpringlineApplication.class,
                        "--server.port=0",
                        "--springline.drain.delay=0s",
                        "--springline.relay.upstreams.gone.command=false",
                        "--springline.cluster.redis.enabled=true",
                        "--spring.data.redis.port=1");
        int port = service.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
        System.gc();
        await().until(() -> {
            scrape = Http.send(port, "GET", "/actuator/prometheus").body();
            return scrape.contains("jvm_gc_pause_seconds_sum");
        });
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static Manifests manifests() {
        return Chart.with("ci/everything-values.yaml").render();
    }

    private static Stream<String> alerts() {
        return manifests()
                .one(PrometheusRule.class)
                .getSpec()
                .getGroups()
                .getFirst()
                .getRules()
                .stream()
                .map(rule -> rule.getExpr().getStrVal());
    }

    private static JsonNode dashboard() {
        String json =
                manifests().all(ConfigMap.class).stream()
                        .filter(each -> each.getMetadata().getName().endsWith("-dashboard"))
                        .findFirst()
                        .orElseThrow()
                        .getData()
                        .get("springline.json");
        return new JsonMapper().readTree(json);
    }

    private static Stream<String> queries() {
        return Stream.concat(
                alerts(),
                dashboard()
                        .get("panels")
                        .valueStream()
                        .flatMap(panel -> panel.path("targets").valueStream())
                        .map(target -> target.get("expr").asString()));
    }

    @ParameterizedTest
    @MethodSource("queries")
    void eachQueryFindsItsMetersAndLabels(String query) {
        Matcher selector = SELECTOR.matcher(query);
        int selectors = 0;
        while (selector.find()) {
            selectors++;
            String name = selector.group(1);
            if (name.equals("up")) {
                continue;
            }
            Map<String, Set<String>> labels = labels(name);
            assertThat(labels).as("meter " + name).isNotNull();
            Matcher matcher = MATCHER.matcher(selector.group(2));
            while (matcher.find()) {
                if (!TARGET.contains(matcher.group(1))) {
                    assertThat(labels).as(name).containsKey(matcher.group(1));
                    assertThat(labels.get(matcher.group(1)))
                            .as(name + " " + matcher.group(1))
                            .containsAll(List.of(matcher.group(3).split("\\|")));
                }
            }
            assertThat(labels.keySet()).as("grouped by").containsAll(groupedBy(query, labels));
        }
        assertThat(selectors).isPositive();
        assertThat(query.replaceAll("\\{[^}]*}", "{}"))
                .as("each meter with a selector")
                .doesNotContainPattern("(springline|jvm|process)_[a-z_]+(?!\\{)[^a-z_{]");
    }

    /** The labels of {@code sum by (…)} and of no other place, without Prometheus' own. */
    private static Set<String> groupedBy(String query, Map<String, Set<String>> labels) {
        var grouped = new HashSet<String>();
        Matcher by = Pattern.compile("by \\(([a-z, ]+)\\)").matcher(query);
        while (by.find()) {
            grouped.addAll(List.of(by.group(1).split(", ")));
        }
        grouped.removeAll(TARGET);
        if (labels.isEmpty()) {
            grouped.clear();
        }
        return grouped;
    }

    /** The labels of all series of this name with their values; null where there is none. */
    private static Map<String, Set<String>> labels(String name) {
        Map<String, Set<String>> labels = null;
        Pattern label = Pattern.compile("([a-z_]+)=\"([^\"]*)\"");
        for (String line : scrape.split("\n")) {
            if (line.startsWith(name + "{") || line.startsWith(name + " ")) {
                labels = labels == null ? new HashMap<>() : labels;
                Matcher each = label.matcher(line);
                while (each.find()) {
                    labels.computeIfAbsent(each.group(1), _ -> new HashSet<>()).add(each.group(2));
                }
            }
        }
        return labels;
    }

    @Test
    void aMeterThatIsNotExportedIsNoticed() {
        assertThat(labels("springline_connections_activ")).isNull();
        assertThat(labels("springline_connections_rejected_total").get("reason"))
                .contains("total_limit")
                .doesNotContain("capacity");
    }

    @Test
    void panelsDoNotOverlapAndAreNumberedOnce() {
        var cells = new HashSet<String>();
        var ids = new HashSet<Integer>();
        for (JsonNode panel : dashboard().get("panels")) {
            assertThat(ids.add(panel.get("id").asInt())).isTrue();
            JsonNode at = panel.get("gridPos");
            assertThat(at.get("x").asInt() + at.get("w").asInt()).isLessThanOrEqualTo(24);
            for (int x = 0; x < at.get("w").asInt(); x++) {
                for (int y = 0; y < at.get("h").asInt(); y++) {
                    String cell = (at.get("x").asInt() + x) + "," + (at.get("y").asInt() + y);
                    assertThat(cells.add(cell)).as(panel.get("title").asString()).isTrue();
                }
            }
        }
    }
}
