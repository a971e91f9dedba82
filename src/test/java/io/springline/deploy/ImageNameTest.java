package io.springline.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An image that is built as the documents say is the one that the chart pulls. */
class ImageNameTest {

    private static final Pattern IMAGE =
            Pattern.compile(
                    "(?:[a-z.]+/)?springline(?::[A-Za-z0-9.-]+)?(?= (?:\\.|--target|&&|bridge)|$)");

    @Test
    void theChartsVersionIsThatOfTheBuild() throws IOException {
        assertThat(Files.readString(Path.of("helm/springline/Chart.yaml")))
                .contains("appVersion: " + version());
        assertThat(Files.readString(Path.of("Dockerfile"))).contains("ARG VERSION=" + version());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "Dockerfile",
                "docs/operations.md",
                "helm/springline/README.md"
            })
    void imagesAreBuiltAndRunUnderTheNameThatTheChartPulls(String document) throws IOException {
        List<String> commands =
                Pattern.compile("docker (?:build|run|push) [^`\n]*")
                        .matcher(Files.readString(Path.of(document)))
                        .results()
                        .map(MatchResult::group)
                        .map(command -> command.replaceFirst(" +#.*| {2,}[a-z].*", ""))
                        .toList();
        assertThat(commands).isNotEmpty();
        for (String command : commands) {
            String expected = version() + (command.contains("--target node") ? "-node" : "");
            assertThat(IMAGE.matcher(command).results().map(MatchResult::group))
                    .as(command)
                    .isNotEmpty()
                    .allSatisfy(image -> assertThat(image).endsWith("springline:" + expected));
        }
    }

    private static String version() throws IOException {
        var found =
                Pattern.compile("<artifactId>springline</artifactId>\\s*<version>([^<]+)<")
                        .matcher(Files.readString(Path.of("pom.xml")));
        assertThat(found.find()).isTrue();
        return found.group(1);
    }
}
