package io.springline.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** Packs {@code plugin.CountingTools} as users pack tools of their own. */
public final class PluginJar {

    private static final String PLUGIN = "plugin.CountingTools";
    private static final String IMPORTS =
            "META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";

    private static boolean done;

    private PluginJar() {}

    /** The jar for a service with the tools. */
    public static synchronized Path packed() throws IOException {
        Path folder = Files.createDirectories(Path.of("target", "plugins"));
        Path jar = folder.resolve("counting-tools.jar");
        if (!done) {
            Path next = Files.createTempFile(folder, "counting-tools", ".tmp");
            try (OutputStream out = Files.newOutputStream(next);
                    var entries = new JarOutputStream(out)) {
                entries.putNextEntry(new JarEntry(PLUGIN.replace('.', '/') + ".class"));
                entries.write(
                        Files.readAllBytes(
                                Path.of(
                                        "target",
                                        "test-classes",
                                        PLUGIN.replace('.', '/') + ".class")));
                entries.putNextEntry(new JarEntry(IMPORTS));
                entries.write(PLUGIN.getBytes(StandardCharsets.UTF_8));
            }
            Files.move(next, jar, StandardCopyOption.REPLACE_EXISTING);
            done = true;
        }
        return jar.toAbsolutePath();
    }
}
