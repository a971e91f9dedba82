package io.springline.cli;

import java.io.PrintWriter;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import org.apache.commons.cli.AlreadySelectedException;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;
import org.jspecify.annotations.Nullable;

/** The arguments that a command was given, and the streams to which it prints. */
final class Arguments {

    static final Option HELP = Option.builder("h").longOpt("help").desc("show this help").get();
    static final Option VERSION =
            Option.builder("V").longOpt("version").desc("show the version").get();

    private final CommandLine line;
    private final PrintWriter out;
    private final PrintWriter err;

    private Arguments(CommandLine line, PrintWriter out, PrintWriter err) {
        this.line = line;
        this.out = out;
        this.err = err;
    }

    /**
     * Reads what follows the name of the command.
     *
     * @throws WrongUsageException if an option is unknown, repeated or without its value
     */
    static Arguments parse(Command command, List<String> words, PrintWriter out, PrintWriter err) {
        Options options = optionsOf(command);
        refuseSingleDashes(options, words);
        try {
            CommandLine line =
                    DefaultParser.builder()
                            .setAllowPartialMatching(false)
                            .setStripLeadingAndTrailingQuotes(false)
                            .get()
                            .parse(options, words.toArray(String[]::new));
            refuseRepetitions(line);
            return new Arguments(line, out, err);
        } catch (ParseException e) {
            throw new WrongUsageException(reason(e, options));
        }
    }

    /** Returns an option without a value. */
    static Option flag(String name, String description) {
        return Option.builder().longOpt(name).desc(description).get();
    }

    /** Returns an option with a value, which the help calls {@code value}. */
    static Option option(String name, String value, String description) {
        return Option.builder().longOpt(name).hasArg().argName(value).desc(description).get();
    }

    /** Returns the options of a command, including {@code --help} and {@code --version}. */
    static Options optionsOf(Command command) {
        return command.options().addOption(HELP).addOption(VERSION);
    }

    /** The parser would take {@code -name} for {@code --name}. */
    private static void refuseSingleDashes(Options options, List<String> words) {
        Iterator<String> each = words.iterator();
        while (each.hasNext()) {
            String word = each.next();
            if (word.equals("--")) {
                return;
            }
            Option option = word.startsWith("--") ? options.getOption(word) : null;
            if (option != null && option.hasArg() && each.hasNext()) {
                each.next();
            } else if (word.matches("(?s)-[^-].+")) {
                throw new WrongUsageException(unknown(word));
            }
        }
    }

    private static void refuseRepetitions(CommandLine line) {
        var seen = new HashSet<String>();
        for (Option each : line.getOptions()) {
            if (!seen.add(each.getLongOpt())) {
                throw new WrongUsageException("--%s is given twice".formatted(each.getLongOpt()));
            }
        }
    }

    private static String reason(ParseException thrown, Options options) {
        return switch (thrown) {
            case AlreadySelectedException e ->
                    "--%s and --%s are mutually exclusive"
                            .formatted(e.getOptionGroup().getSelected(), e.getOption().getKey());
            case MissingArgumentException e ->
                    "--%s needs a value: %s"
                            .formatted(e.getOption().getLongOpt(), e.getOption().getArgName());
            case UnrecognizedOptionException e when options.hasLongOption(name(e.getOption())) ->
                    name(e.getOption()) + " takes no value";
            case UnrecognizedOptionException e -> unknown(e.getOption());
            default -> String.valueOf(thrown.getMessage());
        };
    }

    static String unknown(String option) {
        return "Unknown option: '%s'".formatted(name(option));
    }

    /** Returns the option without its value, which may be a secret. */
    private static String name(String option) {
        return option.split("=", 2)[0];
    }

    /**
     * Compares the number of positional arguments with the parameters of the command.
     *
     * @throws WrongUsageException if one is missing, or one is too many
     */
    void checkParameters(List<Command.Parameter> parameters) {
        List<String> given = line.getArgList();
        for (int i = given.size(); i < parameters.size(); i++) {
            if (parameters.get(i).arity() == Command.Parameter.Arity.REQUIRED) {
                throw new WrongUsageException(
                        "Missing required parameter: '%s'".formatted(parameters.get(i).name()));
            }
        }
        boolean any =
                !parameters.isEmpty()
                        && parameters.getLast().arity() == Command.Parameter.Arity.REPEATED;
        if (given.size() > parameters.size() && !any) {
            throw new WrongUsageException(
                    "One argument is too many: '%s'".formatted(given.get(parameters.size())));
        }
    }

    boolean has(Option option) {
        return line.hasOption(option);
    }

    /** Returns the value of an option, or null if the option is not given. */
    @Nullable String value(Option option) {
        return line.getOptionValue(option);
    }

    /** Returns a positional argument, or null if there are fewer. */
    @Nullable String positional(int index) {
        List<String> all = line.getArgList();
        return index < all.size() ? all.get(index) : null;
    }

    /** Returns the positional arguments from this index on. */
    List<String> positionalFrom(int index) {
        List<String> all = line.getArgList();
        return List.copyOf(all.subList(Math.min(index, all.size()), all.size()));
    }

    /** Prints the result to standard output. Nothing else is printed there. */
    void print(String text) {
        out.println(text);
        out.flush();
    }

    /** Prints a line for people to standard error. */
    void tell(String text) {
        err.println(text);
        err.flush();
    }
}
