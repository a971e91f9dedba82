package io.springline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/** The form of the documents: length, links, an index, and names of properties that exist. */
class DocumentsTest {

    private static final Path README = Path.of("README.md");
    private static final Path DOCS = Path.of("docs");
    private static final Path INDEX = DOCS.resolve("README.md");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```$");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern ANCHOR = Pattern.compile("<a id=\"([^\"]+)\">");
    private static final Pattern NAME =
            Pattern.compile("`(springline\\.(?!jar\\b)[a-z0-9.-]*[a-z0-9])");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(springline\\.[a-z0-9.-]+)` \\|");
    private static final Path SOURCES = Path.of("src/main/java/io/springline");
    private static final Pattern METHOD = Pattern.compile("`([a-z/]+/[A-Z]\\w+)#(\\w+)`");
    private static final Pattern JSON_BLOCK = Pattern.compile("(?ms)^```json$(.*?)^```$");
    private static final Pattern JSON_ARGUMENT = Pattern.compile("add-json \\S+ '([^']+)'");

    static List<Path> documents() throws IOException {
        try (Stream<Path> root = Files.list(Path.of(""));
                Stream<Path> docs = Files.list(DOCS)) {
            return Stream.concat(root, docs)
                    .filter(each -> each.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    /** Without code blocks. */
    private static String prose(Path document) throws IOException {
        return FENCED.matcher(Files.readString(document)).replaceAll("");
    }

    private static List<String> links(Path document) throws IOException {
        return LINK.matcher(prose(document)).results().map(link -> link.group(1)).toList();
    }

    @Test
    void keepsTheReadmeShort() throws IOException {
        assertThat(Files.readAllLines(README)).hasSizeLessThanOrEqualTo(200);
    }

    @Test
    void namesEachPageInTheIndex() throws IOException {
        assertThat(links(README)).contains("docs/README.md");
        List<String> pages =
                documents().stream()
                        .filter(each -> !each.equals(INDEX) && !each.equals(README))
                        .map(each -> DOCS.relativize(each).toString())
                        .toList();
        assertThat(links(INDEX)).containsAll(pages);
    }

    @ParameterizedTest
    @MethodSource("documents")
    void leadsToFilesAndHeadingsThatExist(Path document) throws IOException {
        for (String link : links(document)) {
            if (link.contains("://")) {
                continue;
            }
            String[] parts = link.split("#", 2);
            Path target = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]);
            assertThat(target).as(link).exists();
            if (parts.length == 2) {
                assertThat(anchors(target)).as(link).contains(parts[1]);
            }
        }
    }

    /** As GitHub makes them. */
    private static Set<String> anchors(Path document) throws IOException {
        var anchors = new HashSet<String>();
        for (MatchResult heading : HEADING.matcher(prose(document)).results().toList()) {
            anchors.add(
                    heading.group(1)
                            .toLowerCase(Locale.ROOT)
                            .replaceAll("[^\\p{L}\\p{N} _-]", "")
                            .replace(' ', '-'));
        }
        ANCHOR.matcher(Files.readString(document))
                .results()
                .forEach(id -> anchors.add(id.group(1)));
        return anchors;
    }

    /** Properties and meters, or what several of them begin with. */
    @ParameterizedTest
    @MethodSource("documents")
    void namesOnlyPropertiesAndMetersThatExist(Path document) throws IOException {
        if (document.endsWith("CHANGELOG.md")) {
            return; // names what was there at the time
        }
        Set<String> known = known();
        for (MatchResult name : NAME.matcher(prose(document)).results().toList()) {
            assertThat(known)
                    .as(name.group(1))
                    .anyMatch(each -> isPart(each, name.group(1)) || isPart(name.group(1), each));
        }
    }

    private static boolean isPart(String name, String whole) {
        return name.equals(whole) || name.startsWith(whole + ".");
    }

    /** ConfigurationDocTest and MetricsIT compare the first two tables with the service. */
    private static Set<String> known() throws IOException {
        var names = new TreeSet<String>();
        for (String page : List.of("configuration.md", "metrics.md", "cluster.md")) {
            ROW.matcher(Files.readString(DOCS.resolve(page)))
                    .results()
                    .forEach(row -> names.add(row.group(1)));
        }
        return names;
    }

    @Test
    void listsEachAuditEventWithItsMembers() throws IOException {
        String source = Files.readString(SOURCES.resolve("audit/AuditLog.java"));
        String page = Files.readString(DOCS.resolve("operations.md"));
        String table = page.substring(page.indexOf("## The audit log"), page.indexOf("## Alerts"));
        List<String> names =
                Stream.of("(?:event|session)\\(\\s*\"([a-z.]+)\"", "addKeyValue\\(\"(\\w+)\"")
                        .flatMap(pattern -> Pattern.compile(pattern).matcher(source).results())
                        .map(name -> "`%s`".formatted(name.group(1)))
                        .distinct()
                        .toList();
        assertThat(names).contains("`session.resumed`", "`durationMs`", "`upstream.call`");
        assertThat(table).contains(names);
    }

    /** A way through the code names each file once. */
    @Test
    void leadsThroughMethodsThatExist() throws IOException {
        String page = Files.readString(DOCS.resolve("architecture.md"));
        List<MatchResult> methods = METHOD.matcher(page).results().toList();
        assertThat(methods).hasSizeGreaterThan(20);
        for (MatchResult method : methods) {
            Path source = SOURCES.resolve(method.group(1) + ".java");
            assertThat(source).as(method.group()).exists();
            assertThat(Files.readString(source))
                    .as(method.group())
                    .containsPattern("\\b" + method.group(2) + "\\(");
        }
        String flows = page.substring(page.indexOf("## Three flows"), page.indexOf("### Before"));
        List<Integer> lengths = new ArrayList<>();
        for (String flow : flows.split("\\|---:\\|---\\|---\\|")) {
            List<String> files =
                    METHOD.matcher(flow).results().map(method -> method.group(1)).toList();
            assertThat(files).doesNotHaveDuplicates();
            lengths.add(files.size());
        }
        assertThat(lengths).containsExactly(0, 8, 6, 10);
    }

    @ParameterizedTest
    @MethodSource("documents")
    void showsJsonThatParses(Path document) throws IOException {
        String text = Files.readString(document);
        Stream.of(JSON_BLOCK, JSON_ARGUMENT)
                .flatMap(pattern -> pattern.matcher(text).results())
                .map(sample -> sample.group(1))
                .forEach(sample ->
                        assertThatCode(() -> JsonMapper.shared().readTree(sample))
                                .as(sample)
                                .doesNotThrowAnyException());
    }
}
