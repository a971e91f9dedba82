package io.springline.deploy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** The chart with some values, rendered by a real Helm. */
final class Chart {

    static final Path FOLDER = Path.of("helm/springline");

    /** Helm takes itself for 1.20 unless told otherwise. */
    private static final String KUBERNETES = "1.33.0";

    private static final Path RENDERED = withoutHooks();

    private final Path values;
    private String release = "rel";
    private String namespace = "ns";
    private final Map<String, Object> set = new LinkedHashMap<>();

    private Chart(Path values) {
        this.values = values;
    }

    /** With the defaults. */
    static Chart byDefault() {
        return new Chart(FOLDER.resolve("values.yaml"));
    }

    /** A copy: this Helm does not show hooks, so the pod of {@code helm test} must be none. */
    private static Path withoutHooks() {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            Path copy = Files.createTempDirectory(Path.of("target"), "chart-");
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = copy.resolve(FOLDER.relativize(file));
                Files.createDirectories(target.getParent());
                Files.writeString(
                        target, Files.readString(file).replaceAll(" +helm.sh/hook: test\n", ""));
            }
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @param values of the matrix, in the chart's folder
     */
    static Chart with(String values) {
        return new Chart(FOLDER.resolve(values));
    }

    /**
     * @param values a file
     */
    static Chart with(Path values) {
        return new Chart(values);
    }

    /** The defaults, the production values, and each file in {@code ci}. */
    static Stream<String> matrix() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER.resolve("ci"))) {
            return Stream.concat(
                    Stream.of("values.yaml", "values-production.yaml"),
                    files
                            .map(file -> FOLDER.relativize(file).toString())
                            .sorted()
                            .toList()
                            .stream());
        }
    }

    /**
     * @param key as for {@code helm --set}
     */
    Chart set(String key, Object value) {
        set.put(key, value);
        return this;
    }

    Chart named(String release, String namespace) {
        this.release = release;
        this.namespace = namespace;
        return this;
    }

    /**
     * @throws IllegalStateException with Helm's message, if it refuses the values
     */
    Manifests render() {
        return Manifests.parse(yaml());
    }

    /** What Helm prints. */
    String yaml() {
        TemplateCommand template =
                new Helm(RENDERED)
                        .template()
                        .withKubeVersion(KUBERNETES)
                        .withName(release)
                        .withNamespace(namespace)
                        .withValuesFile(values);
        set.forEach(template::set);
        return template.call();
    }

    /** What {@code helm install} says at the end. */
    String notes() {
        var install =
                new Helm(FOLDER)
                        .install()
                        .clientOnly()
                        .dryRun()
                        .withKubeVersion(KUBERNETES)
                        .withName(release)
                        .withNamespace(namespace)
                        .withValuesFile(values);
        set.forEach(install::set);
        String output = install.call().getOutput();
        return output.substring(output.indexOf("NOTES:"));
    }
}
