package io.springline;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Programs and commands in the documents compile, run, and print what the documents show. */
@ExtendWith(OutputCaptureExtension.class)
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class DocProgramsIT {

    @LocalServerPort int port;

    @TempDir Path classes;

    private void compile(String program, String... options) {
        var arguments = new ArrayList<>(List.of("-proc:none", "-d", classes.toString()));
        arguments.addAll(List.of(options));
        arguments.add(program);
        assertThat(
                        ToolProvider.getSystemJavaCompiler()
                                .run(null, null, null, arguments.toArray(String[]::new)))
                .as(program)
                .isZero();
    }

    @Test
    void helloIsForJava11() {
        compile("docs/Hello.java", "--release", "11");
    }

    @Test
    void callToolListsAndCalls(CapturedOutput output) throws Exception {
        compile("docs/CallTool.java", "-cp", System.getProperty("java.class.path"));
        try (var loader =
                new URLClassLoader(
                        new URL[] {classes.toUri().toURL()}, getClass().getClassLoader())) {
            loader.loadClass("CallTool")
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) new String[] {"ws://127.0.0.1:" + port + "/mcp"});
        }
        assertThat(output.getOut().lines()).contains("echo", "Echo: hello");
    }

    @Test
    void showsTheProgramThatIsCompiled() throws Exception {
        String page = Files.readString(Path.of("docs/clients.md"));
        var shown =
                Pattern.compile("```java\n(import io\\.springline\\.client.*?)```", Pattern.DOTALL);
        assertThat(shown.matcher(page).results().map(each -> each.group(1)))
                .containsExactly(Files.readString(Path.of("docs/CallTool.java")));
    }

    /** What stands behind {@code $} in a console block, and the output below it. */
    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/command-line.md"})
    void commandsPrintWhatIsShown(String document) throws Exception {
        var block = Pattern.compile("(?ms)^```console\n(.*?)^```$");
        var command = Pattern.compile("(?m)^\\$ (.+)\n((?:[^$\n].*\n)*)");
        List<String> blocks =
                block.matcher(Files.readString(Path.of(document)))
                        .results()
                        .map(each -> each.group(1))
                        .toList();
        assertThat(blocks).isNotEmpty();
        for (String each : blocks) {
            for (MatchResult shown : command.matcher(each).results().toList()) {
                assertThat(run(shown.group(1).replace(":8080", ":" + port)))
                        .as(shown.group(1))
                        .isEqualTo(shown.group(2));
            }
        }
    }

    private static String run(String command) throws Exception {
        Process process =
                new ProcessBuilder("sh", "-c", command)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
