package io.springline.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds "Locks and threads" of {@code docs/architecture.md} against the code. */
class LocksTest {

    private static final Path SOURCES = Path.of("src/main/java/io/springline");

    /** They run in other processes, and have no lock of the server. */
    private static final Set<String> CLIENTS = Set.of("client", "cli");

    /** Here, each lock is a {@link StateLock} or a monitor. */
    private static final Set<String> COUNTED = Set.of("session", "resume", "dispatch", "transport");

    private static final Pattern LOCK =
            Pattern.compile(
                    "\\bsynchronized\\b|new (StateLock|ReentrantLock|StampedLock|Semaphore)\\(");
    private static final Pattern ANY_OTHER = Pattern.compile("ReentrantLock|StampedLock|Semaphore");
    private static final Pattern TYPE = Pattern.compile("`([A-Z][A-Za-z]+)`");

    /** The first is what a StateLock is made of, the second lets one question pass at a time. */
    private static final Set<String> OTHER_LOCKS = Set.of("StateLock", "CallContext");

    private static List<Path> sources(Predicate<String> outermostPackage) throws IOException {
        try (Stream<Path> all = Files.walk(SOURCES)) {
            return all.filter(each -> each.toString().endsWith(".java"))
                    .filter(each ->
                            outermostPackage.test(SOURCES.relativize(each).getName(0).toString()))
                    .toList();
        }
    }

    private static String type(Path source) {
        return source.getFileName().toString().replace(".java", "");
    }

    private static String code(Path source) throws IOException {
        return Files.readString(source)
                .replaceAll("(?s)/\\*.*?\\*/", "")
                .replaceAll("(?m)//.*$|^import.*$", "");
    }

    @Test
    void theDocumentNamesEachLock() throws IOException {
        var found = new TreeSet<String>();
        for (Path source : sources(each -> !CLIENTS.contains(each))) {
            if (LOCK.matcher(code(source)).find() && !type(source).equals("StateLock")) {
                found.add(type(source));
            }
        }
        assertThat(documented()).containsAll(found);
    }

    private static Set<String> documented() throws IOException {
        String document = Files.readString(Path.of("docs/architecture.md"));
        String section = document.split("## Locks and threads\n", 2)[1].split("\n## ", 2)[0];
        var types = new TreeSet<String>();
        for (Matcher type = TYPE.matcher(section); type.find(); ) {
            types.add(type.group(1));
        }
        return types;
    }

    @Test
    void nobodyUsesALockThatIsNotCounted() throws IOException {
        for (Path source : sources(COUNTED::contains)) {
            if (!OTHER_LOCKS.contains(type(source))) {
                assertThat(ANY_OTHER.matcher(code(source)).find()).as(type(source)).isFalse();
            }
        }
    }
}
