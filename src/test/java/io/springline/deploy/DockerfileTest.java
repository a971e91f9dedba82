package io.springline.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.springline.testing.Dockerfile;
import io.springline.testing.Dockerfile.Instruction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The Dockerfile without an engine; {@link ImageIT} runs what it says. */
class DockerfileTest {

    private final Dockerfile dockerfile = Dockerfile.read();

    DockerfileTest() throws IOException {}

    @Test
    void usesInstructionsThatItMay() {
        assertThat(dockerfile.instructions())
                .extracting(Instruction::name)
                .isSubsetOf(
                        "FROM",
                        "ARG",
                        "WORKDIR",
                        "COPY",
                        "RUN",
                        "ENV",
                        "EXPOSE",
                        "USER",
                        "LABEL",
                        "ENTRYPOINT");
    }

    @Test
    void stagesComeFromPinnedImagesOrEarlierStages() throws IOException {
        var stages = new HashSet<String>();
        var documented = new HashSet<String>();
        for (Instruction from : dockerfile.named("FROM")) {
            String base = from.text().split(" ")[0];
            if (base.startsWith("${")) {
                String argument = base.substring(2, base.length() - 1);
                String image = argument(argument);
                assertThat(image).matches("[a-z-]+:[0-9]+-[a-z-]+(@sha256:[0-9a-f]{64})?");
                documented.add(argument);
            } else {
                assertThat(stages).contains(base);
            }
            stages.add(from.stage());
        }
        assertThat(dockerfile.instructions().getLast().stage()).isEqualTo("service");
        // The registry knows which digest a tag stands for, so whoever builds pins it.
        String guide = Files.readString(Path.of("docs/operations.md"));
        assertThat(documented)
                .containsExactlyInAnyOrder("JDK", "JRE", "NODE")
                .allSatisfy(
                        argument -> assertThat(guide).contains("--build-arg " + argument + "="));
    }

    private String argument(String name) {
        return dockerfile.named("ARG").stream()
                .filter(each -> each.text().startsWith(name + "="))
                .map(each -> each.text().substring(name.length() + 1))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void copiesWhatIsThere() throws IOException {
        Set<String> letIn =
                Set.copyOf(
                        Files.readAllLines(Path.of(".dockerignore")).stream()
                                .filter(line -> line.startsWith("!"))
                                .map(line -> line.substring(1))
                                .toList());
        var stages = new HashSet<String>();
        for (Instruction each : dockerfile.instructions()) {
            stages.add(each.stage());
            if (each.name().equals("COPY")) {
                Matcher from = Pattern.compile("--from=(\\S+) .*").matcher(each.text());
                if (from.matches()) {
                    assertThat(stages).contains(from.group(1));
                } else {
                    List<String> words = List.of(each.text().split(" "));
                    for (String source : words.subList(0, words.size() - 1)) {
                        assertThat(Path.of(source)).exists();
                        assertThat(letIn).contains(source);
                    }
                }
            }
        }
    }

    @Test
    void runsAsTheUserThatTheChartNames() {
        var pod =
                Chart.byDefault()
                        .render()
                        .one(Deployment.class)
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getSecurityContext();
        String user = "%d:%d".formatted(pod.getRunAsUser(), pod.getRunAsGroup());
        for (String stage : List.of("base", "node")) {
            assertThat(dockerfile.named("USER"))
                    .filteredOn(each -> each.stage().equals(stage))
                    .last()
                    .satisfies(each -> assertThat(each.text()).isEqualTo(user));
        }
    }

    @Test
    void startsTheLauncherOfTheDistribution() {
        assertThat(dockerfile.last("ENTRYPOINT").exec())
                .containsExactly("tini", "--", "/app/bin/springline");
        assertThat(dockerfile.run("make-aot-cache").stage()).isEqualTo("base");
    }

    private static List<String> optionsOfPods(Chart chart) {
        return chart
                .render()
                .one(Deployment.class)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv()
                .stream()
                .filter(each -> each.getName().equals("JDK_JAVA_OPTIONS"))
                .map(EnvVar::getValue)
                .toList();
    }

    @Test
    void theChartsOptionsComeAfterThoseOfTheImage() {
        String ours = dockerfile.env("JDK_JAVA_OPTIONS");
        assertThat(optionsOfPods(Chart.byDefault())).isEmpty();
        assertThat(optionsOfPods(Chart.byDefault().set("javaOptions", "-Dkey=value")))
                .containsExactly(ours + " -Dkey=value");
    }

    /** Java does not start with two collectors. */
    @Test
    void aCollectorInTheChartsOptionsReplacesThatOfTheImage() {
        assertThat(optionsOfPods(Chart.byDefault().set("javaOptions", "-Dkey=value -XX:+UseG1GC")))
                .containsExactly(
                        dockerfile.env("JDK_JAVA_OPTIONS").replace("-XX:+UseSerialGC ", "")
                                + " -Dkey=value -XX:+UseG1GC");
    }

    @Test
    void anOptionOfACollectorIsNoCollector() {
        String option = "-XX:+UseDynamicNumberOfGCThreads";
        assertThat(optionsOfPods(Chart.byDefault().set("javaOptions", option)))
                .containsExactly(dockerfile.env("JDK_JAVA_OPTIONS") + " " + option);
    }

    @Test
    void theLauncherHasTheImagesOptions() throws IOException {
        assertThat(Path.of("springline"))
                .content()
                .contains("defaults='%s'".formatted(dockerfile.env("JDK_JAVA_OPTIONS")));
    }

    @Test
    void packageListsAreNotKept() {
        assertThat(dockerfile.named("RUN"))
                .filteredOn(each -> each.text().contains("apt-get"))
                .hasSize(2)
                .allSatisfy(each ->
                        assertThat(each.text())
                                .contains(
                                        "apt-get update",
                                        "--no-install-recommends",
                                        "rm -rf /var/lib/apt/lists/*"));
    }
}
