package io.springline.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.ClassPathResource;

class RenamedPropertiesTest {

    private final RenamedProperties renamed =
            new RenamedProperties(
                    List.of(
                            new RenamedProperty(
                                    "springline.sample.max-length",
                                    "springline.sample.max-size",
                                    "9.1.0"),
                            new RenamedProperty(
                                    "springline.sample.titles", "springline.sample.names", "9.1.0"),
                            new RenamedProperty(
                                    "springline.sample.parts.*.fore-colour",
                                    "springline.sample.parts.*.color",
                                    "9.1.0"),
                            new RenamedProperty(
                                    "springline.example.steps.*.wait",
                                    "springline.sample.steps.*.delay",
                                    "9.1.0")));

    private final StandardEnvironment environment = new StandardEnvironment();
    private final MutablePropertySources sources = environment.getPropertySources();

    /** What the properties are bound to. */
    @ConfigurationProperties("springline.sample")
    record Sample(int maxSize, List<String> names, Map<String, Part> parts, List<Step> steps) {

        record Part(String color) {}

        record Step(int delay) {}
    }

    @BeforeEach
    void clear() {
        sources.stream().map(PropertySource::getName).toList().forEach(sources::remove);
        ConfigurationPropertySources.attach(environment);
    }

    private void yaml(String text) throws Exception {
        new YamlPropertySourceLoader()
                .load(
                        "Config resource 'file [a.yml]'",
                        new ByteArrayResource(text.getBytes(UTF_8), "a.yml"))
                .forEach(sources::addLast);
    }

    private void variables(Map<String, Object> variables) {
        sources.addLast(
                new SystemEnvironmentPropertySource(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
    }

    private void arguments(String... arguments) {
        sources.addFirst(new SimpleCommandLinePropertySource(arguments));
    }

    /** Binds the properties as at a start of the service. */
    private Sample bound() {
        var beans = new DefaultListableBeanFactory();
        beans.registerBeanDefinition("sample", new RootBeanDefinition(Sample.class));
        new UnknownKeysCheck(environment).postProcessBeanFactory(beans);
        return Binder.get(environment).bind("springline.sample", Sample.class).get();
    }

    @Test
    void bindsOldNamesInYaml() throws Exception {
        yaml(
                """
                springline:
                  sample:
                    maxLength: 3
                    titles: [a, b]
                    parts:
                      "[x.y]":
                        fore-colour: red
                      z:
                        color: blue
                  example:
                    steps:
                    - wait: 1
                    - wait: 2
                """);
        assertThat(renamed.apply(environment))
                .hasSize(6)
                .anySatisfy(warning ->
                        assertThat(warning)
                                .startsWith("springline.sample.maxLength (set in ")
                                .contains("a.yml")
                                .contains(" - 3:")
                                .endsWith(
                                        ": 'springline.sample.max-length' is the old name of"
                                                + " 'springline.sample.max-size', and is accepted"
                                                + " until version 9.1.0"));
        assertThat(bound())
                .isEqualTo(
                        new Sample(
                                3,
                                List.of("a", "b"),
                                Map.of("x.y", new Sample.Part("red"), "z", new Sample.Part("blue")),
                                List.of(new Sample.Step(1), new Sample.Step(2))));
    }

    @Test
    void bindsOldNamesInEnvironmentVariables() {
        variables(
                Map.of(
                        "SPRINGLINE_SAMPLE_MAXLENGTH", "3",
                        "SPRINGLINE_SAMPLE_TITLES_0_", "a",
                        "SPRINGLINE_SAMPLE_PARTS_X_FORE_COLOUR", "red",
                        "SPRINGLINE_EXAMPLE_STEPS_0_WAIT", "1",
                        "PATH", "p"));
        assertThat(renamed.apply(environment))
                .hasSize(4)
                .anySatisfy(warning -> assertThat(warning).startsWith("SPRINGLINE_SAMPLE_MAXL"));
        Sample bound = bound();
        assertThat(bound.maxSize()).isEqualTo(3);
        assertThat(bound.names()).containsExactly("a");
        assertThat(bound.parts()).containsExactly(Map.entry("x", new Sample.Part("red")));
        assertThat(bound.steps()).containsExactly(new Sample.Step(1));
        assertThat(environment.getProperty("PATH")).isEqualTo("p");
    }

    @Test
    void bindsOldNamesOfTheCommandLineWithTheirPrecedence() throws Exception {
        sources.addLast(
                new MapPropertySource(
                        "Config resource 'class path resource [application.yml]'",
                        Map.of("springline.sample.max-size", "1")));
        arguments("--springline.sample.max-length=3", "--springline.example.steps[0].wait=7");
        assertThat(renamed.apply(environment))
                .anySatisfy(warning -> assertThat(warning).contains("set in the command line"));
        assertThat(bound().maxSize()).isEqualTo(3);
        assertThat(bound().steps()).containsExactly(new Sample.Step(7));
    }

    @ParameterizedTest
    @CsvSource({
        "springline.sample.max-length, springline.sample.max-size",
        "springline.sample.maxLength, springline.sample.maxSize",
        "springline.sample.titles[0], springline.sample.names[1]",
        "springline.sample.parts.x.fore-colour, springline.sample.parts[x].color",
        "springline.example.steps[1].wait, springline.sample.steps[1].delay",
    })
    void refusesTheOldAndTheNewNameOfOneProperty(String oldName, String newName) throws Exception {
        yaml("\"%s\": 1".formatted(newName));
        arguments("--%s=2".formatted(oldName));
        assertThatThrownBy(() -> renamed.apply(environment))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining(oldName + " (set in the command line)")
                .hasMessageContaining(newName + " (set in ");
    }

    @Test
    void refusesAVariableWithTheOldNameBesideTheNewName() throws Exception {
        yaml("springline.sample.max-size: 1");
        variables(Map.of("SPRINGLINE_SAMPLE_MAX_LENGTH", "3"));
        assertThatThrownBy(() -> renamed.apply(environment))
                .hasMessageContaining("SPRINGLINE_SAMPLE_MAX_LENGTH")
                .hasMessageContaining("springline.sample.max-size");
    }

    @Test
    void acceptsOldAndNewNamesOfDifferentElements() throws Exception {
        yaml(
                """
                springline.example.steps[0].wait: 1
                springline.sample.steps[1].delay: 2
                """);
        renamed.apply(environment);
        assertThat(bound().steps()).containsExactly(new Sample.Step(1), new Sample.Step(2));
    }

    @Test
    void changesNoOtherNames() throws Exception {
        yaml("springline.sample.max-size: 1\nspringline.sample.max-lengths: 2");
        var before = sources.stream().toList();
        assertThat(renamed.apply(environment)).isEmpty();
        assertThat(sources.stream()).containsExactlyElementsOf(before);
        assertThatThrownBy(this::bound).hasMessageContaining("springline.sample.max-lengths");
    }

    @Test
    void rejectsRenamesThatHaveNoMeaning() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RenamedProperty("springline.a", "springline.a.b", "2"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RenamedProperty("springline.a.*.b", "springline.b", "2"));
    }

    @Test
    void runsAtTheStart() throws Exception {
        assertThat(new ClassPathResource("META-INF/spring.factories").getContentAsString(UTF_8))
                .contains(RenamedPropertiesPostProcessor.class.getName());
    }
}
