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

/**
 * What the {@code Dockerfile} makes of the packaged jar, done without an engine in {@code
 * target/image}: the layers, and the cache of a training run. Once for each jar, whichever test or
 * JVM asks first; services start from it with half the work.
 */
public final class ImageFolder {

    private static final Path FOLDER = Path.of("target", "image").toAbsolutePath();
    private static final Path APP = FOLDER.resolve("app");
    private static final Path DOCKERFILE = Path.of("Dockerfile");

    private static boolean made;

    private ImageFolder() {}

    /**
     * What follows the JVM's options in a process whose folder is {@link #app}.
     *
     * @param plugins jars of tools, by absolute paths
     */
    public static List<String> program(List<Path> plugins) {
        // the cache knows the jar by this name; others may follow
        var classPath = new StringJoiner(File.pathSeparator).add("springline.jar");
        plugins.forEach(each -> classPath.add(each.toString()));
        return List.of(
                "-XX:+UseCompactObjectHeaders",
                "-XX:AOTCache=springline.aot",
                "-cp",
                classPath.toString(),
                "io.springline.SpringlineApplication");
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
        Path jar = Files.createDirectories(build.resolve("target")).resolve("springline.jar");
        Path dockerfile = build.resolve("Dockerfile");
        if (!same(Path.of(RunningJar.jar()), jar) || !same(DOCKERFILE, dockerfile)) {
            Files.deleteIfExists(dockerfile);
            Files.copy(Path.of(RunningJar.jar()), jar, StandardCopyOption.REPLACE_EXISTING);
            make(build);
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

    private static void make(Path build) throws IOException {
        Dockerfile dockerfile = Dockerfile.read();
        Path layers = FOLDER.resolve("layers");
        run(FOLDER, "rm -rf %s %s && mkdir %2$s".formatted(layers, APP));
        run(build, dockerfile.run("jarmode").text().replace("/layers", layers.toString()));
        for (var copy : dockerfile.named("COPY")) {
            if (copy.stage().equals("base")) {
                String source = copy.text().split(" ")[1].substring(1);
                run(FOLDER, "cp -r %s/. %s".formatted(FOLDER.resolve(source), APP));
            }
        }
        run(APP, dockerfile.run("AOTCacheOutput").text());
    }

    /** Runs to its end; {@code java} is that of the tests. */
    private static void run(Path directory, String command) throws IOException {
        var builder = new ProcessBuilder("sh", "-c", command).directory(directory.toFile());
        Map<String, String> environment = builder.environment();
        environment.merge(
                "PATH",
                Path.of(RunningJar.JAVA).getParent().toString(),
                (path, java) -> java + File.pathSeparator + path);
        // the second compiler does not pay in a run this short
        environment.put("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1");
        environment.put("SERVER_PORT", Integer.toString(RunningJar.freePort()));
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
