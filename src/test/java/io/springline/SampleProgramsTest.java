package io.springline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java in the documents compiles, programs and parts of programs alike. */
class SampleProgramsTest {

    private static final Pattern JAVA = Pattern.compile("(?ms)^```java\n(.*?)^```$");
    private static final Pattern IMPORTED = Pattern.compile("(?m)^import ");
    private static final Pattern TYPE = Pattern.compile("(?m)^(?:public )?(?:final )?class (\\w+)");

    /** What a reader's editor adds. */
    private static final String IMPORTS =
            Stream.of(
                            "io.modelcontextprotocol.client",
                            "io.springline.client.mcpsdk",
                            "io.springline.feature",
                            "io.springline.feature.result",
                            "java.net",
                            "java.time",
                            "java.util",
                            "org.springframework.ai.mcp.annotation",
                            "org.springframework.context.annotation",
                            "org.springframework.stereotype")
                    .map("import %s.*;\n"::formatted)
                    .reduce("", String::concat)
                    .replace(
                            "import io.springline.feature.*;\n",
                            "import io.springline.feature.*;\nimport io.springline.feature.Resource;\n");

    @TempDir Path classes;

    /** A source file whose diagnostics name the document. */
    private static final class Sample extends SimpleJavaFileObject {

        private final String text;

        Sample(String name, String text) {
            super(URI.create("string:///" + name + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static List<Sample> samples() throws IOException {
        var samples = new ArrayList<Sample>();
        var seen = new HashSet<String>(); // README and tools.md begin with the same class
        for (Path document : DocumentsTest.documents()) {
            Matcher block = JAVA.matcher(Files.readString(document));
            while (block.find()) {
                // LangChain4j is not on the class path
                if (!block.group(1).contains("WebSocketMcpTransport") && seen.add(block.group(1))) {
                    samples.add(sample(document, samples.size(), block.group(1)));
                }
            }
        }
        return samples;
    }

    private static Sample sample(Path document, int number, String text) {
        String place = "%s/%d/".formatted(document, number);
        Matcher type = TYPE.matcher(text);
        boolean isType = type.find();
        if (IMPORTED.matcher(text).find()) {
            return new Sample(place + type.group(1), text);
        }
        String whole = text.replace("{ … }", "{ throw new UnsupportedOperationException(); }");
        return new Sample(
                place + "Part",
                "package part%d;\n%s%s"
                        .formatted(
                                number,
                                IMPORTS,
                                isType
                                        ? whole
                                        : "class Part {\nString html;\n%s}\n".formatted(whole)));
    }

    @Test
    void compile() throws IOException {
        List<Sample> samples = samples();
        assertThat(samples).hasSizeGreaterThan(8);
        var problems = new DiagnosticCollector<JavaFileObject>();
        boolean compiled =
                ToolProvider.getSystemJavaCompiler()
                        .getTask(
                                null,
                                null,
                                problems,
                                List.of(
                                        "-proc:none",
                                        "-parameters",
                                        "-d",
                                        classes.toString(),
                                        "-cp",
                                        System.getProperty("java.class.path")),
                                null,
                                samples)
                        .call();
        assertThat(
                        problems.getDiagnostics().stream()
                                .filter(each -> each.getKind() == Diagnostic.Kind.ERROR)
                                .map(Diagnostic::toString))
                .isEmpty();
        assertThat(compiled).isTrue();
    }
}
