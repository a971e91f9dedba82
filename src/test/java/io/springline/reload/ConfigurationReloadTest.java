package io.springline.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.config.SampleRenames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.bootstrap.DefaultBootstrapContext;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.DefaultResourceLoader;

@ExtendWith(OutputCaptureExtension.class)
class ConfigurationReloadTest {

    @TempDir Path folder;

    private final List<String> steps = new ArrayList<>();
    private final Part upstreams = new Part("relay");
    private final Part access = new Part("access");
    private ConfigurationReload reload;

    /** Records its steps, and fails in one of them if told so. */
    private final class Part implements Reloadable {

        private final String prefix;
        private String failing = "";

        Part(String prefix) {
            this.prefix = prefix;
        }

        @Override
        public Set<String> prefixes() {
            return Set.of(prefix);
        }

        @Override
        public Change prepare(Environment changed) {
            String value = changed.getProperty(prefix + ".value", "none");
            return new Change() {

                @Override
                public void withdraw() {
                    step("withdraw", value);
                }

                @Override
                public void apply() {
                    step("apply", value);
                }
            };
        }

        private void step(String name, String value) {
            if (failing.equals(name)) {
                throw new IllegalStateException("secret");
            }
            steps.add("%s %s %s".formatted(name, prefix, value));
        }
    }

    @BeforeEach
    void start() throws Exception {
        write("a");
        var environment = new StandardEnvironment();
        var sources = environment.getPropertySources();
        sources.stream().map(PropertySource::getName).toList().forEach(sources::remove);
        sources.addFirst(
                new MapPropertySource(
                        "test", Map.of("spring.config.location", "file:" + folder + "/")));
        sources.addLast(
                new SystemEnvironmentPropertySource(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        Map.of("SPRINGLINE_NO_SUCH", "1")));
        ConfigDataEnvironmentPostProcessor.applyTo(
                environment, new DefaultResourceLoader(), new DefaultBootstrapContext());
        reload =
                new ConfigurationReload(
                        environment,
                        new DefaultListableBeanFactory(),
                        () -> List.of(upstreams, access),
                        SampleRenames.of("old-relay.text", "relay.value"));
    }

    private void write(String value) throws Exception {
        Files.writeString(
                folder.resolve("application.properties"),
                "relay.value=%s%naccess.value=%s%n".formatted(value, value));
    }

    @Test
    void givesNoAccessIfAnEarlierPartCannotBeApplied() throws Exception {
        String before = reload.last().version();
        upstreams.failing = "apply";
        write("b");
        ReloadStatus failed = reload.reload();
        assertThat(steps).containsExactly("withdraw relay b", "withdraw access b");
        assertThat(failed.fault()).contains("IllegalStateException").doesNotContain("secret");
        assertThat(failed.version()).isEqualTo(before);
        assertThat(reload.last()).isEqualTo(failed);
        assertThat(reload.preview().fault()).isEqualTo(failed.fault());
        assertThat(reload.preview().changed()).hasSize(2);
    }

    @Test
    void appliesNothingIfAPartCannotWithdraw() throws Exception {
        upstreams.failing = "withdraw";
        write("b");
        assertThat(reload.reload().fault()).isNotNull();
        assertThat(steps).containsExactly("withdraw access b");
    }

    @Test
    void appliesAFailedVersionAgainUntilItSucceeds() throws Exception {
        upstreams.failing = "apply";
        write("b");
        reload.reload();
        reload.reloadIfChanged();
        assertThat(reload.last().fault()).isNotNull();
        upstreams.failing = "";
        reload.reloadIfChanged();
        assertThat(reload.last().fault()).isNull();
        assertThat(steps).endsWith("apply relay b", "apply access b");
        assertThat(reload.preview().changed()).isEmpty();
    }

    @Test
    void appliesAFileOnlyWhenItNoLongerChanges() throws Exception {
        assertThat(reload.reloadIfSettled()).isFalse();
        Files.writeString(folder.resolve("application.properties"), "");
        assertThat(reload.reloadIfSettled()).as("begun").isTrue();
        Files.writeString(folder.resolve("application.properties"), "relay.value=b\n");
        assertThat(reload.reloadIfSettled()).as("half written").isTrue();
        write("b");
        assertThat(reload.reloadIfSettled()).as("complete").isTrue();
        assertThat(steps).isEmpty();
        assertThat(reload.reloadIfSettled()).isFalse();
        assertThat(steps)
                .containsExactly(
                        "withdraw relay b", "withdraw access b", "apply relay b", "apply access b");
        assertThat(reload.reloadIfSettled()).isFalse();
        assertThat(steps).hasSize(4);
    }

    @Test
    void appliesNothingIfAChangeIsTakenBackBeforeItSettles() throws Exception {
        write("b");
        assertThat(reload.reloadIfSettled()).isTrue();
        write("a");
        assertThat(reload.reloadIfSettled()).isFalse();
        write("b");
        assertThat(reload.reloadIfSettled()).isTrue();
        assertThat(steps).isEmpty();
    }

    @Test
    void appliesTheFormerVersionInFullAfterAFailedOne() throws Exception {
        upstreams.failing = "apply";
        write("b");
        reload.reload();
        upstreams.failing = "";
        write("a");
        assertThat(reload.reload().fault()).isNull();
        assertThat(steps).endsWith("apply relay a", "apply access a");
    }

    /** A faulty file is examined again and again. */
    @Test
    void warnsOfNoEnvironmentVariableAgain(CapturedOutput output) throws Exception {
        write("b");
        assertThat(reload.reload().fault()).isNull();
        assertThat(output).doesNotContain("environment variable is ignored");
    }

    /** A reload waits for endpoints, and an operator looks what it does. */
    @Test
    void showsTheLastResultDuringAReload() throws Exception {
        var applying = new CountDownLatch(1);
        var done = new CountDownLatch(1);
        reload.beforeChange(() -> {
            applying.countDown();
            awaitUninterruptibly(done);
        });
        write("b");
        Thread running = Thread.startVirtualThread(reload::reload);
        try {
            applying.await();
            var shown = CompletableFuture.supplyAsync(this::preview);
            assertThat(shown.get(60, TimeUnit.SECONDS)).isEqualTo(reload.last());
        } finally {
            done.countDown();
            running.join();
        }
        assertThat(reload.preview().version()).isEqualTo(reload.last().version());
    }

    private ReloadStatus preview() {
        try {
            return reload.preview();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void appliesOldNamesOfProperties(CapturedOutput output) throws Exception {
        Files.writeString(
                folder.resolve("application.properties"), "old-relay.text=b\naccess.value=a\n");
        ReloadStatus applied = reload.reload();
        assertThat(applied.fault()).isNull();
        assertThat(applied.changed()).containsExactly("relay.value");
        assertThat(applied.needsRestart()).isEmpty();
        assertThat(steps).endsWith("apply relay b");
        assertThat(output)
                .contains("'old-relay.text' is the old name of 'relay.value', and is accepted");

        Files.writeString(
                folder.resolve("application.properties"),
                "old-relay.text=c\nrelay.value=d\naccess.value=a\n");
        assertThat(reload.reload().fault()).contains("old-relay.text").contains("relay.value");
        assertThat(steps).endsWith("apply relay b");
    }
}
