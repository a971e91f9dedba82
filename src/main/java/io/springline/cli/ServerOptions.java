package io.springline.cli;

import io.springline.client.McpWebSocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The options of all commands that select the server and the credential. A token is read from a
 * file or an environment variable, since all users of a machine can see command-line arguments.
 */
class ServerOptions {

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Parameters(
            index = "0",
            paramLabel = "URL",
            description = "ws://HOST:PORT/mcp or wss://HOST/mcp")
    private @Nullable URI uri;

    @ArgGroup private @Nullable Token token;

    @Option(
            names = "--cacert",
            paramLabel = "PATH",
            description =
                    "PEM file of the certificate authorities to trust, instead of those of Java")
    private @Nullable Path authorities;

    private boolean trusted;

    @Option(names = "--verbose", description = "log details and all messages to standard error")
    private boolean verbose;

    private static final class Token {

        @Option(
                names = "--token-env",
                paramLabel = "NAME",
                description = "environment variable that holds the bearer token")
        private @Nullable String variable;

        @Option(
                names = "--token-file",
                paramLabel = "PATH",
                description = "file that holds the bearer token; it is read for each connection")
        private @Nullable Path file;

        String read() {
            if (file != null) {
                try {
                    return Files.readString(file).strip();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            String value = System.getenv(variable);
            if (value == null) {
                throw new IllegalArgumentException(
                        "the environment variable %s is not set".formatted(variable));
            }
            return value;
        }
    }

    URI uri() {
        if (uri == null) {
            throw usage("the URL of the server is missing");
        }
        return uri;
    }

    boolean hasToken() {
        return token != null;
    }

    /**
     * Sets the log level; {@code --verbose} overrides it. Call before the first logger is created.
     */
    void logAt(String level) {
        System.setProperty("cli.log.level", verbose ? "DEBUG" : level);
    }

    /**
     * Returns a builder for a client of this server. Its settings are already checked; the caller
     * may add a listener.
     *
     * @throws ParameterException if an option is invalid or a file cannot be read
     */
    McpWebSocketClient.Builder client() {
        Token given = token;
        try {
            var settings = McpWebSocketClient.builder(uri());
            if (authorities != null && !trusted) {
                McpWebSocketClient.trustOnly(authorities);
                trusted = true;
            }
            if (given != null) {
                given.read();
                settings.token(given::read);
            }
            settings.build();
            return settings;
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw usage("the file of --cacert cannot be read: " + authorities);
        } catch (UncheckedIOException e) {
            throw usage("the token file cannot be read: " + (given == null ? "" : given.file));
        }
    }

    /** Prints the result to standard output. Nothing else is printed there. */
    void print(String text) {
        commandLine().getOut().println(text);
        commandLine().getOut().flush();
    }

    /** Prints a line for people to standard error. */
    void tell(String line) {
        commandLine().getErr().println(line);
        commandLine().getErr().flush();
    }

    ParameterException usage(String message) {
        return new ParameterException(commandLine(), message);
    }

    private CommandLine commandLine() {
        if (command == null) {
            throw new IllegalStateException("not run by picocli");
        }
        return command.commandLine();
    }
}
