package io.springline.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.type.filter.AnnotationTypeFilter;

/** The settings in the documents exist, and their values are accepted. */
class SampleConfigurationTest {

    private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\n(.*?)^```$");
    private static final Pattern OPTION = Pattern.compile("--(springline\\.[a-z0-9.\\[\\]-]+)");
    private static final Pattern VARIABLE = Pattern.compile("\\b(SPRINGLINE_[A-Z0-9_]+)\\b");

    private static final Pattern HASH = Pattern.compile("sha256:[0-9a-f]*…");

    /** Variables that are no properties. */
    private static final List<String> OTHER_VARIABLES = List.of("SPRINGLINE_TOKEN");

    private static final Map<String, Class<?>> TYPES = types();

    private static Map<String, Class<?>> types() {
        var scanner = new ClassPathScanningCandidateComponentProvider(false);
        scanner.addIncludeFilter(new AnnotationTypeFilter(ConfigurationProperties.class));
        var types = new HashMap<String, Class<?>>();
        scanner.findCandidateComponents("io.springline")
                .forEach(each -> {
                    try {
                        Class<?> type = Class.forName(each.getBeanClassName());
                        // the annotation may name its prefix as "value"
                        var annotation =
                                AnnotatedElementUtils.getMergedAnnotation(
                                        type, ConfigurationProperties.class);
                        types.put(Objects.requireNonNull(annotation).prefix(), type);
                    } catch (ClassNotFoundException e) {
                        throw new IllegalStateException(e);
                    }
                });
        return types;
    }

    private static KnownKeys known() {
        var known = new KnownKeys();
        TYPES.forEach(known::add);
        return known;
    }

    private static Stream<Path> documents() throws IOException {
        var found = new ArrayList<Path>();
        for (Path folder : List.of(Path.of(""), Path.of("docs"), Path.of("helm/springline"))) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(each -> each.toString().endsWith(".md")).forEach(found::add);
            }
        }
        found.add(Path.of("docs/compose/compose.yaml"));
        found.add(Path.of("Dockerfile"));
        found.removeIf(each -> each.endsWith("CHANGELOG.md")); // names what was there at the time
        return found.stream().sorted();
    }

    /** Each sample with settings of this service, by its document and the line of its block. */
    static List<Arguments> samples() throws IOException {
        var samples = new ArrayList<Arguments>();
        for (Path document : documents().toList()) {
            String text = Files.readString(document);
            Matcher block = YAML.matcher(text);
            while (block.find()) {
                if (block.group(1).matches("(?s)(.*\n)?spring(line)?[.:].*")) {
                    long line = text.substring(0, block.start()).lines().count() + 1;
                    samples.add(Arguments.of(document + ":" + line, block.group(1)));
                }
            }
        }
        return samples;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("samples")
    void samplesBind(String place, String sample) throws IOException {
        Map<String, Object> properties = properties(sample);
        KnownKeys known = known();
        assertThat(properties.keySet().stream().filter(KnownKeys::isOfGroup))
                .allMatch(known::contains);
        var binder =
                new Binder(
                        List.of(new MapConfigurationPropertySource(properties)),
                        null,
                        ApplicationConversionService.getSharedInstance());
        TYPES.forEach((prefix, type) -> binder.bind(prefix, Bindable.of(type)));
    }

    private static Map<String, Object> properties(String sample) throws IOException {
        var hashes = new AtomicInteger();
        String filled =
                HASH.matcher(sample)
                        .replaceAll(each -> "sha256:%064d".formatted(hashes.incrementAndGet()))
                        .replaceAll("\\$\\{[A-Z_]+}", "x".repeat(32));
        var properties = new LinkedHashMap<String, Object>();
        for (var document :
                new YamlPropertySourceLoader()
                        .load("sample", new ByteArrayResource(filled.getBytes()))) {
            var source = (EnumerablePropertySource<?>) document;
            for (String name : source.getPropertyNames()) {
                properties.put(name, Objects.toString(source.getProperty(name)));
            }
        }
        return properties;
    }

    @Test
    void findsTheSamples() throws IOException {
        assertThat(samples()).hasSizeGreaterThan(15);
    }

    @ParameterizedTest
    @MethodSource("documents")
    void optionsAndVariablesAreProperties(Path document) throws IOException {
        String text = Files.readString(document);
        KnownKeys known = known();
        assertThat(names(OPTION, text)).allMatch(known::contains);
        assertThat(names(VARIABLE, text).filter(each -> !OTHER_VARIABLES.contains(each)))
                .allMatch(known::containsVariable);
    }

    private static Stream<String> names(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(each -> each.group(1));
    }
}
