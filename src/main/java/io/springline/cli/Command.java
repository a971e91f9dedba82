package io.springline.cli;

import java.io.IOException;
import java.util.List;
import org.apache.commons.cli.Options;

/** One command of {@code springline.jar}. */
interface Command {

    /**
     * A positional parameter.
     *
     * @param name as the help shows it, in capitals
     * @param description completes the help, without a full stop
     */
    record Parameter(String name, Arity arity, String description) {

        /** How often the parameter is given. Only the last one may be repeated. */
        enum Arity {
            REQUIRED("%s"),
            OPTIONAL("[%s]"),
            REPEATED("[%s...]");

            private final String syntax;

            Arity(String syntax) {
                this.syntax = syntax;
            }
        }

        String syntax() {
            return arity.syntax.formatted(name);
        }
    }

    /**
     * What the help shows, besides the options.
     *
     * @param description what the command does, in sentences
     * @param exitCodes one sentence about the exit codes
     */
    record Usage(String name, String description, String exitCodes, List<Parameter> parameters) {}

    Usage usage();

    /** Returns a new list of the options, without {@code --help} and {@code --version}. */
    Options options();

    /**
     * Runs the command and returns its exit code. Blocks until it is done.
     *
     * @throws WrongUsageException if an argument cannot be used
     * @throws Failure if the command fails
     */
    int run(Arguments arguments) throws Failure, InterruptedException, IOException;
}
