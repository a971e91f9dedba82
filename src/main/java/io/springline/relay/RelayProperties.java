package io.springline.relay;

import io.springline.relay.UpstreamConnection.Era;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The upstream servers whose features are offered.
 *
 * @param upstreams by name, in this order; {@code <path>/<name>} serves one alone
 * @param configFile an {@code mcpServers} JSON file as other MCP hosts write it; its servers come
 *     after {@code upstreams}
 */
@ConfigurationProperties(prefix = "springline.relay", ignoreUnknownFields = false)
record RelayProperties(@DefaultValue Map<String, Upstream> upstreams, @Nullable Path configFile) {

    /** Whose process it is. */
    enum Mode {
        /** One process or session for all clients. */
        SHARED,
        /** One for each client session: for servers that keep state between calls. */
        PER_SESSION
    }

    /** When it is started. */
    enum Start {
        /** With the service, and again whenever it ends. */
        BOOT,
        /** At the start for its lists only, then when it is called, and ended when idle. */
        LAZY
    }

    /** How it is spoken to. */
    enum Transport {
        /** {@code STDIO} for a command, {@code HTTP} for a URL. */
        AUTO,
        /** A process and its standard streams. */
        STDIO,
        /** Streamable HTTP. */
        HTTP,
        /** HTTP+SSE, the transport of revision 2024-11-05. */
        SSE
    }

    /**
     * One upstream: a command, or a URL.
     *
     * @param transport {@code auto}: stdio for a command, Streamable HTTP for a URL
     * @param env of the process, besides {@code PATH}, {@code HOME}, locale and time zone: it gets
     *     nothing else of this service's environment
     * @param headers sent with each request, for example {@code Authorization}
     * @param prefix whether its names always get {@code <name>_} in front; otherwise only those
     *     that collide
     * @param timeout of one request
     * @param connectTimeout from the start to the end of the handshake
     * @param idleTimeout after which an unused process ends, where there may be several or none
     * @param maxProcesses most processes at a time with {@code mode: per-session}
     * @param maxMessageSize largest message that it may send
     */
    record Upstream(
            @DefaultValue("auto") Transport transport,
            @Nullable String command,
            @DefaultValue List<String> args,
            @DefaultValue Map<String, String> env,
            @Nullable Path cwd,
            @Nullable URI url,
            @DefaultValue Map<String, String> headers,
            @DefaultValue("shared") Mode mode,
            @DefaultValue("boot") Start start,
            @DefaultValue("auto") Era era,
            @DefaultValue("false") boolean prefix,
            @DefaultValue("60s") Duration timeout,
            @DefaultValue("30s") Duration connectTimeout,
            @DefaultValue("5m") Duration idleTimeout,
            @DefaultValue("32") int maxProcesses,
            @DefaultValue("64MB") DataSize maxMessageSize) {

        /** Never has the transport {@code AUTO}. */
        Upstream {
            if (transport == Transport.AUTO) {
                transport = command != null ? Transport.STDIO : Transport.HTTP;
            }
        }

        /** A process, as {@code mcpServers} files describe it; the rest as by default. */
        static Upstream process(
                String command, List<String> args, Map<String, String> env, @Nullable Path cwd) {
            return byDefault(Transport.STDIO, command, args, env, cwd, null, Map.of());
        }

        /** A URL, as {@code mcpServers} files describe it; the rest as by default. */
        static Upstream http(Transport transport, URI url, Map<String, String> headers) {
            return byDefault(transport, null, List.of(), Map.of(), null, url, headers);
        }

        private static Upstream byDefault(
                Transport transport,
                @Nullable String command,
                List<String> args,
                Map<String, String> env,
                @Nullable Path cwd,
                @Nullable URI url,
                Map<String, String> headers) {
            return new Upstream(
                    transport,
                    command,
                    args,
                    env,
                    cwd,
                    url,
                    headers,
                    Mode.SHARED,
                    Start.BOOT,
                    Era.AUTO,
                    false,
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(5),
                    32,
                    DataSize.ofMegabytes(64));
        }

        /**
         * @throws IllegalArgumentException naming what is wrong
         */
        void check(String name) {
            if (!name.matches("[A-Za-z0-9_.-]{1,32}")) {
                throw wrong(name, "the name must be 1 to 32 of A-Z a-z 0-9 _ . -");
            }
            if ((command == null) == (url == null)) {
                throw wrong(name, "either command or url is needed");
            }
            if ((transport == Transport.STDIO) != (command != null)) {
                throw wrong(name, "transport stdio needs a command, http and sse need a url");
            }
            if (transport == Transport.SSE) {
                throw wrong(name, "sse is not supported: stdio and Streamable HTTP are");
            }
            if (command != null && command.isBlank()) {
                throw wrong(name, "command is empty");
            }
            if (url != null
                    && (url.getHost() == null
                            || !List.of("http", "https")
                                    .contains(String.valueOf(url.getScheme())))) {
                throw wrong(name, "url must be an absolute http or https URL");
            }
            if (cwd != null && !Files.isDirectory(cwd)) {
                throw wrong(name, "cwd is no folder: " + cwd);
            }
            if (maxProcesses < 1) {
                throw wrong(name, "max-processes must be at least 1");
            }
            if (!timeout.isPositive()
                    || !connectTimeout.isPositive()
                    || !idleTimeout.isPositive()) {
                throw wrong(name, "timeouts must be positive");
            }
            if (maxMessageSize.toBytes() < 1024 || maxMessageSize.toBytes() > Integer.MAX_VALUE) {
                throw wrong(name, "max-message-size must be 1KB to 2047MB");
            }
        }

        private static IllegalArgumentException wrong(String name, String reason) {
            return new IllegalArgumentException(
                    "springline.relay.upstreams.%s: %s".formatted(name, reason));
        }

        /** Without the values of env and headers, which may be secrets. */
        @Override
        public String toString() {
            return command != null ? "command " + command : "url " + url;
        }
    }
}
