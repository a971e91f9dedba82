package io.springline.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.help.TextHelpAppendable;
import org.apache.commons.cli.help.TextStyle;

/** Prints the texts of {@code --help}. */
final class HelpText {

    private static final int WIDTH = 100;
    private final PrintWriter out;

    HelpText(PrintWriter out) {
        this.out = out;
    }

    void of(Command command) {
        Command.Usage usage = command.usage();
        String parameters =
                usage.parameters().stream()
                        .map(Command.Parameter::syntax)
                        .collect(Collectors.joining(" "));
        print(
                "%s [OPTIONS] %s".formatted(usage.name(), parameters),
                usage.description(),
                "Parameters:",
                usage.parameters().stream()
                        .map(each -> List.of(each.name(), each.description()))
                        .toList(),
                Arguments.optionsOf(command),
                usage.exitCodes());
    }

    void of(Collection<Command> commands) {
        print(
                "[OPTIONS] [COMMAND]",
                "Starts the server, or runs one of these commands.",
                "Commands:",
                Stream.concat(
                                commands.stream()
                                        .map(Command::usage)
                                        .map(each -> List.of(each.name(), each.description())),
                                Stream.of(List.of(Commands.HELP, "Shows the help of a command.")))
                        .toList(),
                new Options().addOption(Arguments.HELP).addOption(Arguments.VERSION),
                "Show the help of a command with: %s COMMAND --help".formatted(Commands.name()));
    }

    private void print(
            String syntax,
            String description,
            String title,
            List<List<String>> rows,
            Options options,
            String end) {
        var help = new StringBuilder();
        var text = new TextHelpAppendable(help);
        text.setMaxWidth(WIDTH);
        text.setLeftPad(0);
        text.setIndent(0);
        try {
            text.appendParagraph("Usage: %s %s".formatted(Commands.name(), syntax));
            text.appendParagraph(description);
            append(text, help.append(title), rows);
            append(
                    text,
                    help.append("Options:"),
                    options.getOptions().stream()
                            .map(each -> List.of(syntax(each), each.getDescription()))
                            .toList());
            text.appendParagraph(end);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        help.toString().lines().map(String::stripTrailing).forEach(out::println);
        out.flush();
    }

    /** Appends rows of two columns, and a blank line. */
    private static void append(TextHelpAppendable text, StringBuilder help, List<List<String>> rows)
            throws IOException {
        int width = rows.stream().mapToInt(row -> row.getFirst().length()).max().orElse(0);
        TextStyle style =
                TextStyle.builder().setLeftPad(2).setIndent(width + 3).setMaxWidth(WIDTH).get();
        help.append('\n');
        for (List<String> row : rows) {
            String first = row.getFirst() + " ".repeat(width - row.getFirst().length());
            text.printWrapped(first + "   " + row.getLast(), style);
        }
        help.append('\n');
    }

    private static String syntax(Option option) {
        return "%s--%s%s"
                .formatted(
                        option.getOpt() == null ? "    " : "-%s, ".formatted(option.getOpt()),
                        option.getLongOpt(),
                        option.hasArg() ? " " + option.getArgName() : "");
    }
}
