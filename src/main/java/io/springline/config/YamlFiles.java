package io.springline.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.io.FileSystemResource;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** The configuration files in their usual places. */
final class YamlFiles {

    private static final List<String> USUAL =
            List.of(
                    "application.yml",
                    "application.yaml",
                    "config/application.yml",
                    "config/application.yaml");

    private YamlFiles() {}

    /**
     * Returns the file that has this fault, which the exception does not say, or what names it if
     * it is in another place.
     */
    static String withFault(MarkedYAMLException fault) {
        return USUAL.stream()
                .filter(file -> hasFault(Path.of(file), fault))
                .findFirst()
                .orElse("that a property spring.config.* names");
    }

    private static boolean hasFault(Path file, MarkedYAMLException fault) {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try {
            new YamlPropertySourceLoader().load("", new FileSystemResource(file));
            return false;
        } catch (MarkedYAMLException e) {
            return String.valueOf(e.getProblem()).equals(fault.getProblem());
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }
}
