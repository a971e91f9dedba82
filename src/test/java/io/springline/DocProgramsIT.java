package io.springline;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The programs of the documents compile, and do what is said of them. */
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
    void readmeShowsTheProgramThatIsCompiled() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        var shown =
                Pattern.compile("```java\n(import io\\.springline\\.client.*?)```", Pattern.DOTALL);
        assertThat(shown.matcher(readme).results().map(each -> each.group(1)))
                .containsExactly(Files.readString(Path.of("docs/CallTool.java")));
    }
}
