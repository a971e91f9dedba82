package io.springline.cli;

import io.springline.cli.Command.Parameter;
import io.springline.client.McpWebSocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.OptionGroup;
import org.apache.commons.cli.Options;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of all commands that select the server and the credential. A token is read from a
 * file or an environment variable, since all users of a machine can see command-line arguments.
 */
final class ServerOptions {

    /** The first parameter of each command. */
    static final Parameter URL =
            new Parameter("URL", Parameter.Arity.REQUIRED, "ws://HOST:PORT/mcp or wss://HOST/mcp");

    private static final Option TOKEN_ENV =
            Arguments.option(
                    "token-env", "NAME", "environment variable that holds the bearer token");
    private static final Option TOKEN_FILE =
            Arguments.option(
                    "token-file",
                    "PATH",
                    "file that holds the bearer token; it is read for each connection");
    private static final Option CACERT =
            Arguments.option(
                    "cacert",
                    "PATH",
                    "PEM file of the certificate authorities to trust, instead of those of Java");
    private static final Option VERBOSE =
            Arguments.flag("verbose", "log details and all messages to standard error");
    private static final Option BINARY =
            Arguments.flag("binary", "use CBOR if the server supports it");
    private static final Option COMPRESS =
            Arguments.flag("compress", "compress messages if the server supports it");

    private final Arguments arguments;
    private final URI uri;
    private final @Nullable Supplier<String> token;
    private boolean trusted;

    /**
     * @throws WrongUsageException if the URL is not valid
     */
    ServerOptions(Arguments arguments) {
        this.arguments = arguments;
        try {
            uri = new URI(String.valueOf(arguments.positional(0)));
        } catch (URISyntaxException e) {
            throw new WrongUsageException(
                    "The URL is not valid: %s at character %d"
                            .formatted(e.getReason(), e.getIndex() + 1));
        }
        token = token(arguments.value(TOKEN_ENV), arguments.value(TOKEN_FILE));
    }

    /** Returns the options of every command. */
    static Options options() {
        return new Options()
                .addOptionGroup(new OptionGroup().addOption(TOKEN_ENV).addOption(TOKEN_FILE))
                .addOption(CACERT)
                .addOption(VERBOSE);
    }

    /** Returns the options of the commands that can choose the encoding of messages. */
    static Options optionsWithEncoding() {
        return options().addOption(BINARY).addOption(COMPRESS);
    }

    private static @Nullable Supplier<String> token(
            @Nullable String variable, @Nullable String file) {
        if (file != null) {
            return () -> read(Path.of(file));
        }
        return variable == null ? null : () -> variable(variable);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("the token file cannot be read: " + file, e);
        }
    }

    private static String variable(String name) {
        String value = System.getenv(name);
        if (value == null) {
            throw new IllegalArgumentException(
                    "the environment variable %s is not set".formatted(name));
        }
        return value;
    }

    URI uri() {
        return uri;
    }

    boolean hasToken() {
        return token != null;
    }

    /** Prints a line for people to standard error. */
    void tell(String line) {
        arguments.tell(line);
    }

    /**
     * Sets the log level; {@code --verbose} overrides it. Call before the first logger is created.
     */
    void logAt(String level) {
        System.setProperty("cli.log.level", arguments.has(VERBOSE) ? "DEBUG" : level);
    }

    /**
     * Returns a builder for a client of this server. Its settings are already checked; the caller
     * may add a listener.
     *
     * @throws WrongUsageException if an option is invalid or a file cannot be read
     */
    McpWebSocketClient.Builder client() {
        String authorities = arguments.value(CACERT);
        try {
            var settings =
                    McpWebSocketClient.builder(uri)
                            .binary(arguments.has(BINARY))
                            .compression(arguments.has(COMPRESS));
            if (authorities != null && !trusted) {
                McpWebSocketClient.trustOnly(Path.of(authorities));
                trusted = true;
            }
            if (token != null) {
                token.get();
                settings.token(token);
            }
            settings.build();
            return settings;
        } catch (IllegalArgumentException | UncheckedIOException e) {
            throw new WrongUsageException(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new WrongUsageException("the file of --cacert cannot be read: " + authorities);
        }
    }
}
