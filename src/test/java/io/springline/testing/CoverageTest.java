package io.springline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.springline.testing.Coverage.Kind;
import io.springline.testing.Coverage.Seen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The table of methods in {@code docs/protocol.md} is what the transcripts show. {@code ./mvnw test
 * -Dtest=CoverageTest -Dcoverage.write} writes it.
 */
class CoverageTest {

    private static final List<String> REVISIONS =
            List.of("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28");
    private static final Path PAGE = Path.of("docs/protocol.md");
    private static final String BEGIN = "<!-- written by CoverageTest -->\n";
    private static final String END = "<!-- to here -->\n";

    private record Row(Kind kind, String method, String first, String last) {

        boolean isIn(String revision) {
            return first.compareTo(revision) <= 0 && revision.compareTo(last) <= 0;
        }
    }

    private final Coverage coverage = Coverage.of(Transcript.all());

    @Test
    void showsInTheDocumentsWhatTheTranscriptsShow() throws Exception {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        if (System.getProperty("coverage.write") != null) {
            Files.writeString(PAGE, page.substring(0, begin) + table() + page.substring(end));
            return;
        }
        assertThat(page.substring(begin, end))
                .as("./mvnw test -Dtest=CoverageTest -Dcoverage.write writes it anew")
                .isEqualTo(table());
    }

    @Test
    void nothingIsShownThatTheRevisionDoesNotKnow() throws Exception {
        for (Row row : rows()) {
            assertThat(REVISIONS)
                    .filteredOn(revision -> coverage.shows(seen(row, revision)))
                    .allMatch(row::isIn, row.method() + " is known there");
        }
    }

    @Test
    void theRowsAreWhatTheSchemasKnow() throws Exception {
        assumeTrue(WireSchema.areGiven(), "skipped: no schemas in this run, see -Pinterop");
        for (String revision : REVISIONS) {
            var methods = new TreeSet<String>();
            for (Row row : rows()) {
                if (row.isIn(revision) && !row.method().equals("batches")) {
                    methods.add(row.method());
                }
            }
            assertThat(methods).as(revision).hasSameElementsAs(WireSchema.of(revision).methods());
        }
    }

    private String table() throws IOException {
        var table = new StringBuilder("| | ");
        table.append(String.join(" | ", REVISIONS)).append(" |\n|---|");
        table.append(":-:|".repeat(REVISIONS.size())).append('\n');
        Kind kind = null;
        for (Row row : rows()) {
            if (row.kind() != kind) {
                kind = row.kind();
                table.append("| *").append(kind.title).append("* |");
                table.append(" |".repeat(REVISIONS.size())).append('\n');
            }
            table.append("| `").append(row.method()).append("` |");
            REVISIONS.forEach(
                    revision -> table.append(' ').append(mark(row, revision)).append(" |"));
            table.append('\n');
        }
        return table.toString();
    }

    private String mark(Row row, String revision) {
        if (!row.isIn(revision)) {
            return "–";
        }
        if (coverage.shows(seen(row, revision))) {
            return "✅";
        }
        boolean neverSent = row.kind() == Kind.SERVER_NOTIFICATION;
        return neverSent || coverage.showsRefused(seen(row, revision)) ? "❌" : "🟡";
    }

    private static Seen seen(Row row, String revision) {
        return new Seen(row.kind(), row.method(), revision);
    }

    private static List<Row> rows() throws IOException {
        var rows = new ArrayList<Row>();
        Kind kind = Kind.CLIENT_REQUEST;
        for (String line : Files.readAllLines(Path.of("src/test/resources/methods.txt"))) {
            String[] words = line.strip().split(" +");
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (words.length == 3 && words[1].matches("[0-9-]{10}")) {
                rows.add(new Row(kind, words[0], words[1], words[2]));
            } else {
                kind = kind(line.strip());
            }
        }
        return rows;
    }

    private static Kind kind(String title) {
        return Arrays.stream(Kind.values())
                .filter(each -> each.title.equals(title))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("methods.txt: " + title));
    }
}
