package io.springline.testing;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;

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
        run(FOLDER, List.of("rm", "-rf", layers.toString(), APP.toString()));
        Files.createDirectory(APP);
        String extract = dockerfile.run("jarmode").text();
        run(
                build,
                words(extract.replaceAll("/layers", Matcher.quoteReplacement(layers.toString()))));
        for (var copy : dockerfile.named("COPY")) {
            if (copy.stage().equals("base")) {
                String source = copy.text().split(" ")[1].substring(1);
                run(FOLDER, List.of("cp", "-r", FOLDER.resolve(source) + "/.", APP.toString()));
            }
        }
        String trained = run(APP, words(dockerfile.run("AOTCacheOutput").text()));
        if (!Files.exists(APP.resolve("springline.aot"))) {
            throw new IllegalStateException("the training run left no cache: " + trained);
        }
    }

    /** The words of a shell form; {@code java} is that of the tests. */
    private static List<String> words(String command) {
        var words = new ArrayList<>(List.of(command.split(" ")));
        words.replaceAll(word -> word.equals("java") ? RunningJar.JAVA : word);
        return words;
    }

    /** Runs to its end, with the output. */
    private static String run(Path directory, List<String> command) throws IOException {
        var builder = new ProcessBuilder(command).directory(directory.toFile());
        // the second compiler does not pay in a run this short
        builder.environment().put("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1");
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(2, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IllegalStateException(command + ": " + output);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return output;
    }
}
