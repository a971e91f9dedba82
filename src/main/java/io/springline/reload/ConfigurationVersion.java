package io.springline.reload;

import io.springline.config.RenamedProperties;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.springframework.boot.bootstrap.DefaultBootstrapContext;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.DefaultResourceLoader;

/**
 * The properties of all configuration files at one time. Its {@code toString} contains no value.
 *
 * @param environment with these files, and the command line and variables of this process
 * @param values the properties of the files by name, with placeholders replaced
 * @param renamed a warning for each old name of a property in the files
 * @param digest 12 characters that are the same on all replicas with the same files
 */
record ConfigurationVersion(
        ConfigurableEnvironment environment,
        SortedMap<String, String> values,
        Set<String> renamed,
        String digest) {

    private static final String SERVERS_FILE = "springline.relay.config-file";

    /**
     * Reads all files again.
     *
     * @param running the environment with which the service was started
     * @throws RuntimeException if a file cannot be read
     */
    static ConfigurationVersion read(ConfigurableEnvironment running, RenamedProperties renamed) {
        var environment = new StandardEnvironment();
        var sources = environment.getPropertySources();
        sources.stream().map(PropertySource::getName).toList().forEach(sources::remove);
        running.getPropertySources().stream()
                .filter(each -> !isFile(each) && !each.getName().equals("configurationProperties"))
                .forEach(sources::addLast);
        ConfigDataEnvironmentPostProcessor.applyTo(
                environment,
                new DefaultResourceLoader(),
                new DefaultBootstrapContext(),
                running.getActiveProfiles());
        return of(environment, renamed.apply(environment));
    }

    static ConfigurationVersion of(ConfigurableEnvironment environment, Set<String> renamed) {
        var values = new TreeMap<String, String>();
        var written = new TreeMap<String, String>();
        for (PropertySource<?> source : environment.getPropertySources()) {
            if (isFile(source) && source instanceof EnumerablePropertySource<?> enumerable) {
                for (String name : enumerable.getPropertyNames()) {
                    written.putIfAbsent(name, String.valueOf(source.getProperty(name)));
                    values.put(name, resolved(environment, name, written.get(name)));
                }
            }
        }
        String servers = environment.getProperty(SERVERS_FILE);
        if (servers != null) {
            values.put(SERVERS_FILE, servers + ' ' + content(Path.of(servers)));
            written.put(SERVERS_FILE, values.get(SERVERS_FILE));
        }
        return new ConfigurationVersion(
                environment,
                values,
                renamed,
                digest(written.toString().getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Returns the value as written if a placeholder in it has no value, or another one each time.
     */
    private static String resolved(
            ConfigurableEnvironment environment, String name, String written) {
        if (written.contains("${random.")) {
            return written;
        }
        try {
            return String.valueOf(environment.getProperty(name));
        } catch (IllegalArgumentException e) {
            return written;
        }
    }

    private static boolean isFile(PropertySource<?> source) {
        return source.getName().startsWith("Config resource ")
                || source.getName().startsWith("Config tree ");
    }

    private static String content(Path file) {
        try {
            return digest(Files.readAllBytes(file));
        } catch (IOException e) {
            return "missing";
        }
    }

    /** Returns the names of the properties that differ. */
    Set<String> changesFrom(ConfigurationVersion other) {
        var names = new TreeSet<>(values.keySet());
        names.addAll(other.values.keySet());
        names.removeIf(name ->
                String.valueOf(values.get(name)).equals(String.valueOf(other.values.get(name))));
        return names;
    }

    /** Describes the change of these properties from another version to this one. */
    AppliedChange changeFrom(ConfigurationVersion other, Set<String> names) {
        var added = new TreeSet<>(names);
        added.removeAll(other.values.keySet());
        var removed = new TreeSet<>(names);
        removed.removeAll(values.keySet());
        var changed = new TreeSet<>(names);
        changed.removeAll(added);
        changed.removeAll(removed);
        return new AppliedChange(Instant.now(), other.digest, digest, added, changed, removed);
    }

    private static String digest(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest).substring(0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return digest;
    }
}
