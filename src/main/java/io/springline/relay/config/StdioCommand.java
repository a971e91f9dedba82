package io.springline.relay.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The command that starts a stdio upstream.
 *
 * @param command a name on {@code PATH}, or a path; a relative path starts at {@code cwd}
 * @param env variables in addition to the inherited ones, or in place of them; values may be
 *     secrets
 * @param cwd the working directory; null for this service's
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
                        "'%s' is not a valid name of an environment variable".formatted(name));
            }
            requireNoNul(name, "the name of an environment variable");
            requireNoNul(value, "environment variable " + name);
        });
    }

    /** Returns this command with another environment variable. */
    public StdioCommand with(String variable, String value) {
        var all = new TreeMap<>(env);
        all.put(variable, value);
        return new StdioCommand(command, args, all, cwd);
    }

    private static void requireNoNul(String text, String what) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(what + " must not contain a NUL character");
        }
    }

    /** Returns the command without the values of its variables, which may be secrets. */
    @Override
    public String toString() {
        return "%s %s env=%s cwd=%s".formatted(command, args, new TreeSet<>(env.keySet()), cwd);
    }
}
