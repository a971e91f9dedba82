package io.springline.testing;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the {@code Dockerfile} makes of the distribution, done without an engine in {@code
 * target/image}: its files, and the AOT caches. Once for each jar, whichever test or JVM asks
 * first; services and commands start from it with half the work.
 */
public final class ImageFolder {

    private static final Path FOLDER = Path.of("target", "image").toAbsolutePath();
    private static final Path APP = FOLDER.resolve("app");
    private static final Path DOCKERFILE = Path.of("Dockerfile");

    private static final String MAIN = "io.springline.SpringlineApplication";

    private static boolean made;

    private ImageFolder() {}

    /**
     * Returns what follows the JVM's options in a process that is the service.
     *
     * @param patch a folder of classes that replace those of the service; null if there are none
     * @param plugins jars of tools, by absolute paths
     */
    static List<String> service(@Nullable Path patch, List<Path> plugins) throws IOException {
        // the cache knows the jar; others may follow
        var classPath = new StringJoiner(File.pathSeparator);
        if (patch != null) {
            classPath.add(patch.toString());
        }
        classPath.add(app() + "/springline.jar");
        plugins.forEach(each -> classPath.add(each.toString()));
        if (patch != null) {
            return List.of("-cp", classPath.toString(), MAIN); // no cache fits
        }
        return program("service", classPath.toString());
    }

    /** Returns what follows the JVM's options in a process that runs a command. */
    public static List<String> command() throws IOException {
        return program("commands", app() + "/springline.jar");
    }

    private static List<String> program(String cache, String classPath) {
        return List.of(
                "-XX:+UseCompactObjectHeaders",
                "-XX:AOTCache=%s/aot/%s.aot".formatted(APP, cache),
                "-cp",
                classPath,
                MAIN);
    }

    /** The image's {@code /app}, not to be changed. */
    public static synchronized Path app() throws IOException {
        if (!made) {
            Files.createDirectories(FOLDER);
            try (var _ = FileLocked.at(FOLDER.resolve("lock"))) {
                makeIfChanged();
            }
            made = true;
        }
        return APP;
    }

    private static void makeIfChanged() throws IOException {
        Path build = Files.createDirectories(FOLDER.resolve("build"));
        Path jar = build.resolve("springline.jar");
        Path dockerfile = build.resolve("Dockerfile");
        if (!same(Path.of(RunningJar.jar()), jar) || !same(DOCKERFILE, dockerfile)) {
            Files.deleteIfExists(dockerfile);
            Files.copy(Path.of(RunningJar.jar()), jar, StandardCopyOption.REPLACE_EXISTING);
            make();
            Files.copy(DOCKERFILE, dockerfile); // the last: all is there
        }
    }

    private static boolean same(Path file, Path copy) throws IOException {
        try {
            return Files.mismatch(file, copy) == -1;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static void make() throws IOException {
        Dockerfile dockerfile = Dockerfile.read();
        run(FOLDER, "rm -rf %s && mkdir -p %1$s".formatted(APP));
        for (var copy : dockerfile.named("COPY")) {
            if (copy.stage().equals("base")) {
                String[] words = copy.text().split(" ");
                Path source = distribution().resolve(words[1].substring("/springline/".length()));
                run(APP, "cp -a %s %s".formatted(source, words[2]));
            }
        }
        run(APP, dockerfile.run("make-aot-cache").text());
    }

    /** Returns the folder that {@code target/springline-<version>.tar.gz} holds. */
    public static Path distribution() throws IOException {
        try (var found =
                Files.newDirectoryStream(
                        Path.of(RunningJar.jar()).toAbsolutePath().getParent(),
                        each -> Files.exists(each.resolve("bin/springline")))) {
            for (Path each : found) {
                return each;
            }
        }
        throw new IllegalStateException(
                "no distribution beside the jar: build both by ./mvnw -DskipTests package");
    }

    /** Runs to its end, with the Java of the tests. */
    private static void run(Path directory, String command) throws IOException {
        var builder = new ProcessBuilder("sh", "-c", command).directory(directory.toFile());
        Map<String, String> environment = builder.environment();
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        // the second compiler does not pay in a run this short
        environment.put("JDK_JAVA_OPTIONS", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1");
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(2, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IllegalStateException(command + ": " + output);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
