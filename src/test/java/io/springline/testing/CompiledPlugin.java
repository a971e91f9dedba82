package io.springline.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;

/** Compiles and packs a plug-in from its source, as users do. */
public final class CompiledPlugin {

    private static final String IMPORTS =
            "META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";

    private CompiledPlugin() {}

    /**
     * @param folder an empty one for its files
     * @param type the fully qualified name of the auto-configuration in the source
     * @return the folder for {@code loader.path}
     */
    public static Path pack(Path folder, String type, String source) throws IOException {
        String simpleName = type.substring(type.lastIndexOf('.') + 1);
        Path file = Files.writeString(folder.resolve(simpleName + ".java"), source);
        Path classes = folder.resolve("classes");
        int result =
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                null,
                                "-parameters",
                                "-proc:none",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "-d",
                                classes.toString(),
                                file.toString());
        if (result != 0) {
            throw new IllegalArgumentException("does not compile: " + type);
        }
        Path plugins = Files.createDirectory(folder.resolve("plugins"));
        try (var jar = new JarOutputStream(Files.newOutputStream(plugins.resolve("plugin.jar")));
                var found = Files.walk(classes)) {
            List<Path> files = found.filter(Files::isRegularFile).toList();
            for (Path each : files) {
                jar.putNextEntry(new JarEntry(classes.relativize(each).toString()));
                Files.copy(each, jar);
            }
            jar.putNextEntry(new JarEntry(IMPORTS));
            jar.write(type.getBytes(StandardCharsets.UTF_8));
        }
        return plugins;
    }
}
