package io.springline.relay.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How to start an upstream that speaks over its standard streams.
 *
 * @param command a name to be found on PATH, or a path; one that is relative starts at {@code cwd}
 * @param env variables beside, or instead of, the few that every child is given; may hold secrets
 * @param cwd null for our own working directory
 */
public record StdioCommand(
        String command, List<String> args, Map<String, String> env, @Nullable Path cwd) {

    public StdioCommand {
        if (command.isBlank()) {
            throw new IllegalArgumentException("a stdio upstream needs a command");
        }
        args = List.copyOf(args);
        env = Map.copyOf(env);
        requireNoNul(command, "the command");
        args.forEach(arg -> requireNoNul(arg, "an argument"));
        env.forEach((name, value) -> {
            if (name.isEmpty() || name.indexOf('=') >= 0) {
                throw new IllegalArgumentException(
                        "'%s' cannot name an environment variable".formatted(name));
            }
            requireNoNul(name, "the name of an environment variable");
            requireNoNul(value, "environment variable " + name);
        });
    }

    private static void requireNoNul(String text, String what) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(what + " must not contain a NUL character");
        }
    }

    /** Leaves the values of the environment out, for they may be secrets. */
    @Override
    public String toString() {
        return "%s %s env=%s cwd=%s".formatted(command, args, new TreeSet<>(env.keySet()), cwd);
    }
}
