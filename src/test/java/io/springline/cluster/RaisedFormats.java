package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.cluster.redis.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;

/** The class {@link Format} as a later version might have it, with higher numbers. */
final class RaisedFormats {

    private static final Path SOURCE =
            Path.of("src/main/java", Format.class.getName().replace('.', '/') + ".java");

    private RaisedFormats() {}

    /**
     * Compiles the class.
     *
     * @param folder for the source and the class
     */
    static Path compile(Path folder) throws IOException {
        String source = Files.readString(SOURCE);
        String raised = source.replaceAll("(?m)^    ([A-Z]+)\\(1,", "    $1(2,");
        assertThat(raised).isNotEqualTo(source);
        Path file = folder.resolve("Format.java");
        Files.writeString(file, raised);
        int failed =
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                null,
                                "-proc:none",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "-d",
                                folder.toString(),
                                file.toString());
        assertThat(failed).isZero();
        return folder;
    }
}
