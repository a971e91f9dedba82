package io.springline.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The alerts in Prometheus' own rule engine, of Debian's package {@code prometheus}. */
class AlertsTest {

    @TempDir Path folder;

    @BeforeEach
    void render() throws Exception {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(each -> Files.isExecutable(Path.of(each, "promtool"))),
                "skipped: promtool is not installed (Debian: prometheus)");
        var rules =
                Chart.with("ci/everything-values.yaml")
                        .render()
                        .one(PrometheusRule.class)
                        .getSpec();
        // JSON is YAML
        new ObjectMapper().writeValue(folder.resolve("alerts.yml").toFile(), rules);
        Files.copy(
                Path.of("src/test/resources/alerts-test.yml"), folder.resolve("alerts-test.yml"));
    }

    @Test
    void areValid() throws Exception {
        assertThat(promtool("check", "rules", "alerts.yml")).contains("14 rules found");
    }

    @Test
    void leadToTheRowThatSaysWhatToDo() throws Exception {
        String page = Files.readString(Path.of("docs/operations.md"));
        var rules = new ObjectMapper().readTree(folder.resolve("alerts.yml").toFile());
        var alerts = rules.at("/groups/0/rules");
        assertThat(alerts).isNotEmpty();
        for (var alert : alerts) {
            String[] runbook = alert.at("/annotations/runbook_url").asText("").split("#", 2);
            assertThat(runbook[0]).isEqualTo("docs/operations.md");
            assertThat(page).contains("<a id=\"%s\"></a>".formatted(runbook[1]));
        }
    }

    @Test
    void fireWhenTheyShould() throws Exception {
        assertThat(promtool("test", "rules", "alerts-test.yml")).contains("SUCCESS");
    }

    /** The sample for a Prometheus outside of Kubernetes selects what the alerts select. */
    @Test
    void loadWithTheConfigurationOfTheDocuments() throws Exception {
        String page = Files.readString(Path.of("docs/operations.md"));
        int start = page.indexOf("rule_files: [alerts.yml]");
        String sample = page.substring(start, page.indexOf("```", start));
        String manifest =
                Chart.byDefault()
                        .set("prometheusRule.enabled", true)
                        .named("springline", "default")
                        .yaml();
        Path alerts = folder.resolve("alerts.yml");
        String rules = manifest.substring(manifest.indexOf("kind: PrometheusRule"));
        // as sed does there
        Files.writeString(alerts, rules.substring(rules.indexOf("\nspec:\n") + 7));
        Files.writeString(folder.resolve("prometheus.yml"), sample);
        Files.writeString(folder.resolve("springline-token"), "token");
        assertThat(promtool("check", "config", "prometheus.yml"))
                .contains("12 rules found", "prometheus.yml is valid");
        assertThat(Files.readString(alerts))
                .contains("namespace=\"default\", job=\"springline-management\"");
        assertThat(sample)
                .contains("job_name: springline-management", "namespace: default", "pod: mcp-1");
    }

    private String promtool(String... arguments) throws Exception {
        var command = Stream.concat(Stream.of("promtool"), Stream.of(arguments)).toList();
        Process process =
                new ProcessBuilder(List.copyOf(command))
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
