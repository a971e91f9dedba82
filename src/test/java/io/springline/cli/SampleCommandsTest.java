package io.springline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The commands in the documents exist, and so do their options. */
class SampleCommandsTest {

    private static final Pattern COMMAND =
            Pattern.compile(
                    "(?:springline(?:\\.jar)?|SNAPSHOT)\"? ("
                            + String.join("|", Commands.ALL.keySet())
                            + ") ([^`\n]*)");
    private static final Pattern OPTION = Pattern.compile("(?<= |^)--[a-z][a-z-]*");

    private static List<Path> documents() throws IOException {
        // not the folders that a build changes
        try (Stream<Path> root = Files.list(Path.of(""));
                Stream<Path> docs = Files.walk(Path.of("docs"));
                Stream<Path> helm = Files.walk(Path.of("helm"))) {
            return Stream.of(root, docs, helm)
                    .flatMap(each -> each)
                    .filter(each -> each.toString().matches(".*\\.(md|ya?ml|txt|html)"))
                    .filter(each -> !each.endsWith("CHANGELOG.md"))
                    .toList();
        }
    }

    @Test
    void takeTheOptionsThatTheDocumentsShow() throws IOException {
        int commands = 0;
        for (Path document : documents()) {
            for (MatchResult found :
                    COMMAND.matcher(Files.readString(document)).results().toList()) {
                commands++;
                Command command = Commands.ALL.get(found.group(1));
                // what follows "--" is the command of another program
                String own = found.group(2).split(" -- ")[0];
                assertThat(
                                OPTION.matcher(own)
                                        .results()
                                        .map(MatchResult::group)
                                        .collect(Collectors.toSet()))
                        .as("%s: %s", document, found.group())
                        .isSubsetOf(
                                Arguments.optionsOf(command).getOptions().stream()
                                        .map(option -> "--" + option.getLongOpt())
                                        .toList());
            }
        }
        assertThat(commands).isGreaterThan(10);
    }
}
