package io.springline;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/**
 * The jars that add tools to the service: those in the folders of {@code loader.path}, or in {@code
 * plugins} on the class path. A plug-in must be a plain jar. One with its own copy of the service's
 * libraries replaces some of them and breaks the start; the classes of one that Spring Boot has
 * repackaged are not found.
 */
final class PluginJars {

    private static final String FOLDER = "plugins";

    private static final List<String> NOT_IN_A_PLUG_IN =
            List.of(
                    "BOOT-INF/",
                    "io/springline/SpringlineApplication.class",
                    "org/springframework/boot/SpringApplication.class",
                    "org/springframework/core/SpringVersion.class",
                    "tools/jackson/databind/ObjectMapper.class",
                    "org/eclipse/jetty/server/Server.class");

    private PluginJars() {}

    /**
     * Returns one sentence for each jar that the service cannot start with.
     *
     * @param loaderPath folders and jars separated by commas; null if none are configured
     * @param classPath as in the system property {@code java.class.path}
     */
    static List<String> problems(@Nullable String loaderPath, String classPath) {
        var problems = new ArrayList<String>();
        for (Path jar : jars(loaderPath, classPath)) {
            try (var file = new JarFile(jar.toFile())) {
                NOT_IN_A_PLUG_IN.stream()
                        .filter(entry -> file.getEntry(entry) != null)
                        .findFirst()
                        .ifPresent(entry -> problems.add("%s contains %s".formatted(jar, entry)));
            } catch (IOException e) {
                problems.add("%s cannot be read as a jar".formatted(jar));
            }
        }
        return problems;
    }

    private static List<Path> jars(@Nullable String loaderPath, String classPath) {
        var jars = new ArrayList<Path>();
        for (String each : (loaderPath == null ? "" : loaderPath).split(",")) {
            Path path = Path.of(each.strip());
            if (each.endsWith(".jar") && Files.isRegularFile(path)) {
                jars.add(path);
            } else if (!each.isBlank() && Files.isDirectory(path)) {
                addJarsIn(path, jars);
            }
        }
        for (String each : classPath.split(File.pathSeparator)) {
            Path path = Path.of(each);
            if (path.getParent() != null
                    && path.getParent().endsWith(FOLDER)
                    && Files.isRegularFile(path)) {
                jars.add(path);
            }
        }
        return jars;
    }

    private static void addJarsIn(Path folder, List<Path> jars) {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.jar")) {
            found.forEach(jars::add);
        } catch (IOException e) {
            // an unreadable folder adds no tools, and the launcher has said so
        }
    }
}
