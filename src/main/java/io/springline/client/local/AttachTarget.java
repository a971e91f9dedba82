package io.springline.client.local;

import io.springline.client.AttachAgent;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The MCP server that an {@link AttachAgent} attaches. */
public sealed interface AttachTarget {

    /**
     * A stdio server that the agent starts.
     *
     * @param command the program and its arguments, at least one
     * @param environment variables beside those of the agent
     * @param directory null for that of the agent
     */
    record Program(List<String> command, Map<String, String> environment, @Nullable Path directory)
            implements AttachTarget {

        public Program {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
            if (command.isEmpty()) {
                throw new IllegalArgumentException("the program of the server is missing");
            }
        }

        public Program(List<String> command) {
            this(command, Map.of(), null);
        }

        /** Names the program only, since arguments and variables may be secrets. */
        @Override
        public String toString() {
            return command.getFirst();
        }
    }

    /**
     * A server that runs and speaks Streamable HTTP.
     *
     * @param uri {@code http://…} or {@code https://…}
     */
    record Url(URI uri) implements AttachTarget {

        public Url {
            String scheme = uri.getScheme();
            if (!"http".equals(scheme) && !"https".equals(scheme) || uri.getHost() == null) {
                throw new IllegalArgumentException(
                        "the URL of the server must begin with http:// or https://");
            }
        }

        /** Without the user info and the query, which may be secrets. */
        @Override
        public String toString() {
            String authority = uri.getAuthority();
            String host = authority.substring(authority.lastIndexOf('@') + 1);
            return "%s://%s%s".formatted(uri.getScheme(), host, uri.getPath());
        }
    }
}
