package io.springline.relay.consent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The values of one node, in memory or in a file. */
final class LocalConsentStore implements ConsentStore {

    private static final Logger log = LoggerFactory.getLogger(LocalConsentStore.class);

    /** Values with a shorter lifetime are not in the file: a restart ends what waits for them. */
    private static final Duration IN_FILE = Duration.ofDays(1);

    private record Entry(String value, long untilMillis, boolean inFile) {}

    private final @Nullable Path file;
    private final Clock clock;
    private final Map<String, Map<String, Entry>> groups = new HashMap<>();

    /**
     * @param file null to keep the values in memory
     * @throws IllegalArgumentException if the file cannot be read
     */
    LocalConsentStore(@Nullable Path file, Clock clock) {
        this.file = file;
        this.clock = clock;
        if (file != null && Files.exists(file)) {
            read(file);
        }
    }

    private void read(Path from) {
        try {
            JsonNode json = JsonMapper.shared().readTree(Files.readString(from));
            json.forEachEntry((group, entries) ->
                    entries.forEachEntry((key, entry) ->
                            groups.computeIfAbsent(group, _ -> new HashMap<>())
                                    .put(
                                            key,
                                            new Entry(
                                                    entry.path("value").asString(""),
                                                    entry.path("until").asLong(0),
                                                    true))));
        } catch (IOException | JacksonException e) {
            throw new IllegalArgumentException(
                    "springline.consent.file: %s cannot be read".formatted(from), e);
        }
    }

    /** Returns the entries of a group. Adds no group. */
    private Map<String, Entry> group(String name) {
        return groups.getOrDefault(name, new HashMap<>());
    }

    @Override
    public synchronized boolean put(
            String group, String key, String value, Duration lifetime, int max) {
        removeExpired();
        Map<String, Entry> entries = groups.computeIfAbsent(group, _ -> new HashMap<>());
        if (!entries.containsKey(key) && entries.size() >= max) {
            return false;
        }
        var entry =
                new Entry(
                        value,
                        clock.millis() + lifetime.toMillis(),
                        lifetime.compareTo(IN_FILE) >= 0);
        entries.put(key, entry);
        if (entry.inFile) {
            write();
        }
        return true;
    }

    @Override
    public synchronized boolean putIfAbsent(
            String group, String key, String value, Duration lifetime, int max) {
        return valid(group(group).get(key)).isEmpty() && put(group, key, value, lifetime, max);
    }

    @Override
    public synchronized boolean replace(
            String group, String key, String expected, String value, Duration lifetime) {
        return get(group, key).filter(expected::equals).isPresent()
                && put(group, key, value, lifetime, Integer.MAX_VALUE);
    }

    @Override
    public synchronized boolean remove(String group, String key, String expected) {
        return get(group, key).filter(expected::equals).isPresent() && take(group, key).isPresent();
    }

    private void removeExpired() {
        long now = clock.millis();
        groups.values()
                .removeIf(entries -> {
                    entries.values().removeIf(each -> each.untilMillis < now);
                    return entries.isEmpty();
                });
    }

    @Override
    public synchronized Optional<String> get(String group, String key) {
        return valid(group(group).get(key));
    }

    @Override
    public synchronized Optional<String> take(String group, String key) {
        Entry taken = group(group).remove(key);
        if (taken != null && taken.inFile) {
            try {
                write();
            } catch (UnavailableException e) {
                group(group).put(key, taken);
                throw e;
            }
        }
        return valid(taken);
    }

    private Optional<String> valid(@Nullable Entry entry) {
        return entry == null || entry.untilMillis < clock.millis()
                ? Optional.empty()
                : Optional.of(entry.value);
    }

    /** Replaces the file in one step, so that a crash leaves the old or the new one. */
    private void write() {
        if (file == null) {
            return;
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        groups.forEach((group, entries) ->
                entries.forEach((key, entry) -> {
                    if (entry.inFile) {
                        json.withObjectProperty(group)
                                .putObject(key)
                                .put("value", entry.value)
                                .put("until", entry.untilMillis);
                    }
                }));
        try {
            Path next = file.resolveSibling(file.getFileName() + ".next");
            Files.deleteIfExists(next);
            if (next.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        next,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
            }
            Files.writeString(next, json.toString());
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            log.error("springline.consent.file: {} cannot be written", file, e);
            throw new UnavailableException();
        }
    }
}
