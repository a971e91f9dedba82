package io.springline.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code .ci/release}, which changes nothing with {@code --dry-run}. */
class ReleaseScriptTest {

    private record Ended(int exitCode, String output) {}

    private static Ended release(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(".ci/release"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    @Test
    void writesOneVersionIntoAllFiles() throws Exception {
        Ended ended = release("--dry-run", "987.6.5");
        assertThat(ended.output()).contains("can become 987.6.5");
        assertThat(ended.exitCode()).isZero();
    }

    @Test
    void refusesAVersionThatIsNone() throws Exception {
        assertThat(release("--dry-run", "1.0"))
                .isEqualTo(new Ended(1, "release: name a version such as 1.0.0\n"));
    }
}
