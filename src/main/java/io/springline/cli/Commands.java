package io.springline.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOP_FallbackServiceProvider;
import org.slf4j.helpers.Reporter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line of {@code springline.jar}: all commands other than starting the server. */
@Command(
        versionProvider = Commands.Version.class,
        description = "Starts the server, or runs one of these commands.",
        subcommands = {
            CallCommand.class,
            ListCommand.class,
            PingCommand.class,
            BridgeCommand.class,
            AttachCommand.class,
            HelpCommand.class
        })
public final class Commands implements Runnable {

    /** The commands that log without {@code --verbose}. */
    private static final Set<String> LOGGING = Set.of("attach", "bridge");

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this help")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "show the version")
    private boolean version;

    private Commands() {}

    /** Prints the version of the build and of the Java runtime. */
    static final class Version implements IVersionProvider {

        @Override
        public String[] getVersion() throws IOException {
            var build = new Properties();
            try (InputStream file =
                    Commands.class.getResourceAsStream("/META-INF/build-info.properties")) {
                if (file != null) {
                    build.load(file);
                }
            }
            return new String[] {
                "springline %s, Java %s"
                        .formatted(build.getProperty("build.version", "unknown"), Runtime.version())
            };
        }
    }

    /**
     * Returns true if the first argument is a command, and not an option of the service. Every word
     * without leading dashes counts as a command, so that a mistyped command does not start the
     * service.
     */
    public static boolean isCommand(String word) {
        return !word.startsWith("--") || word.equals("--help") || word.equals("--version");
    }

    /**
     * Runs a command and returns its exit code.
     *
     * @param arguments the command, see {@link #isCommand}, and its arguments
     */
    public static int run(String... arguments) {
        CommandLine line = line();
        if (arguments[0].equals("bridge")) {
            // only the bridge itself may write to standard output
            System.setOut(System.err);
        } else {
            line.setOut(standardOutput());
        }
        configureLogging(List.of(arguments));
        // Jetty would start JMX to find this number
        System.setProperty("org.eclipse.jetty.util.referencesPerCacheLine", "16");
        return line.execute(arguments);
    }

    /** Has an effect only before the first logger is created. */
    private static void configureLogging(List<String> arguments) {
        boolean logs =
                LOGGING.contains(arguments.getFirst())
                        || arguments.stream().anyMatch(each -> each.startsWith("--verbose"));
        if (logs) {
            System.setProperty("logback.configurationFile", "logback-cli.xml");
        } else {
            // a call is faster without Logback
            System.setProperty(
                    LoggerFactory.PROVIDER_PROPERTY_KEY,
                    NOP_FallbackServiceProvider.class.getName());
            // without a line on standard error about the provider
            System.setProperty(Reporter.SLF4J_INTERNAL_VERBOSITY_KEY, "WARN");
        }
    }

    /** Returns the root command with all subcommands. */
    static CommandLine line() {
        return new CommandLine(new Commands())
                .setCommandName(name())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false)
                .setExecutionExceptionHandler(Commands::failed)
                .setParameterExceptionHandler(Commands::misused);
    }

    /**
     * Returns the command to run this program, for messages; the script {@code springline} sets it.
     */
    static String name() {
        return System.getProperty("cli.name", "java -jar springline.jar");
    }

    private static int misused(ParameterException thrown, String[] arguments) {
        CommandLine command = thrown.getCommandLine();
        PrintWriter err = command.getErr();
        err.println(TerminalText.safe(String.valueOf(thrown.getMessage())));
        UnmatchedArgumentException.printSuggestions(thrown, err);
        err.printf("Show the usage with: %s --help%n", command.getCommandSpec().qualifiedName());
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    /** Returns standard output in UTF-8, independent of the locale. */
    private static PrintWriter standardOutput() {
        return new PrintWriter(
                new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    }

    private static int failed(Exception thrown, CommandLine command, CommandLine.ParseResult parsed)
            throws Exception {
        if (thrown instanceof Failure failure) {
            command.getErr().println(TerminalText.safe(String.valueOf(failure.getMessage())));
            return failure.exitCode();
        }
        throw thrown;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "A command is missing");
        }
    }
}
