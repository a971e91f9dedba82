package io.springline.cli;

import io.springline.client.McpWebSocketClient;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOP_FallbackServiceProvider;
import org.slf4j.helpers.Reporter;

/** The command line of {@code springline.jar}: all commands other than starting the server. */
public final class Commands {

    /** The commands that log without {@code --verbose}. */
    private static final Set<String> LOGGING = Set.of("attach", "bridge");

    static final String HELP = "help";

    /** All commands by name, in the order of the help. */
    static final Map<String, Command> ALL = new LinkedHashMap<>();

    static {
        for (Command each :
                List.of(
                        new CallCommand(),
                        new ListCommand(),
                        new PingCommand(),
                        new BridgeCommand(),
                        new AttachCommand())) {
            ALL.put(each.usage().name(), each);
        }
    }

    private final PrintWriter out;
    private final PrintWriter err;

    Commands(PrintWriter out, PrintWriter err) {
        this.out = out;
        this.err = err;
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
     * Runs a command and returns its exit code. Stops the shared threads of the client; the caller
     * then ends the JVM.
     *
     * @param arguments the command, see {@link #isCommand}, and its arguments
     */
    public static int run(String... arguments) {
        var out =
                // in UTF-8, independent of the locale
                new PrintWriter(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        if (arguments[0].equals("bridge")) {
            // only the bridge itself may write to standard output
            System.setOut(System.err);
        }
        configureLogging(List.of(arguments));
        // Jetty would start JMX to find this number
        System.setProperty("org.eclipse.jetty.util.referencesPerCacheLine", "16");
        int exitCode =
                new Commands(out, new PrintWriter(System.err, true)).execute(List.of(arguments));
        McpWebSocketClient.stopThreads();
        return exitCode;
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

    /**
     * Returns the command to run this program, for messages; the script {@code springline} sets it.
     */
    static String name() {
        return System.getProperty("cli.name", "java -jar springline.jar");
    }

    /** Runs a command and returns its exit code. */
    int execute(List<String> words) {
        Command command = null;
        try {
            String first = words.getFirst();
            command = ALL.get(first);
            if (command != null) {
                return run(command, words.subList(1, words.size()));
            }
            switch (first) {
                case HELP -> help(words.size() > 1 ? words.get(1) : null);
                case "--help", "-h" -> help(null);
                case "--version", "-V" -> version();
                default -> throw unknown(first);
            }
            return 0;
        } catch (WrongUsageException e) {
            tell(e);
            err.printf(
                    "Show the usage with: %s%s --help%n",
                    name(), command == null ? "" : " " + command.usage().name());
            err.flush();
            return WrongUsageException.EXIT_CODE;
        } catch (Failure e) {
            tell(e);
            return e.exitCode();
        } catch (InterruptedException | IOException | RuntimeException e) {
            e.printStackTrace(err);
            err.flush();
            return Failure.UNUSABLE;
        }
    }

    private int run(Command command, List<String> words)
            throws Failure, InterruptedException, IOException {
        Arguments arguments = Arguments.parse(command, words, out, err);
        if (arguments.has(Arguments.HELP)) {
            new HelpText(out).of(command);
        } else if (arguments.has(Arguments.VERSION)) {
            version();
        } else {
            arguments.checkParameters(command.usage().parameters());
            return command.run(arguments);
        }
        return 0;
    }

    private void help(@Nullable String word) {
        var help = new HelpText(out);
        Command command = word == null ? null : ALL.get(word);
        if (command != null) {
            help.of(command);
        } else if (word == null || word.equals("-h") || word.equals("--help")) {
            help.of(ALL.values());
        } else {
            throw unknown(word);
        }
    }

    private WrongUsageException unknown(String word) {
        return new WrongUsageException(
                word.startsWith("-")
                        ? Arguments.unknown(word)
                        : "Unknown command: '%s'. Commands: %s, %s"
                                .formatted(word, String.join(", ", ALL.keySet()), HELP));
    }

    private void tell(Exception thrown) {
        err.println(TerminalText.safe(String.valueOf(thrown.getMessage())));
        err.flush();
    }

    /** Prints the version of the build and of the Java runtime. */
    private void version() throws IOException {
        var build = new Properties();
        try (InputStream file =
                Commands.class.getResourceAsStream("/META-INF/build-info.properties")) {
            if (file != null) {
                build.load(file);
            }
        }
        out.printf(
                "springline %s, Java %s%n",
                build.getProperty("build.version", "unknown"), Runtime.version());
        out.flush();
    }
}
