package io.springline.relay.config;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The upstream servers whose features this server offers to its clients.
 *
 * @param upstreams upstream servers by name, in this order. {@code <path>/<name>} serves one
 *     upstream only
 * @param configFile server file of another MCP host, such as {@code mcp.json}. Its servers are
 *     added after {@code upstreams}
 * @param inputs values for the {@code input} placeholders of {@code config-file}, by their ids
 */
@ConfigurationProperties(prefix = "springline.relay", ignoreUnknownFields = false)
public record RelayProperties(
        @DefaultValue Map<String, Upstream> upstreams,
        @Nullable Path configFile,
        @DefaultValue Map<String, String> inputs) {

    /** How client sessions share an upstream. */
    public enum Mode {
        /** All clients share one process or session. */
        SHARED,
        /** Each client session has its own process or session. For servers that keep state. */
        PER_SESSION
    }

    /** When an upstream is started. */
    public enum Start {
        /** At the start of the service, and again each time it ends. */
        BOOT,
        /** At the start of the service to read its lists, then for calls; closed when idle. */
        LAZY
    }

    /** The transport to an upstream. */
    public enum Transport {
        /** {@code STDIO} for a command; {@code HTTP} for a URL, then {@code SSE}. */
        AUTO,
        /** A process and its standard streams. */
        STDIO,
        /** Streamable HTTP. */
        HTTP,
        /** HTTP+SSE, the transport of revision 2024-11-05. */
        SSE
    }

    /**
     * One upstream: a command or a URL.
     *
     * @param transport transport to the upstream. {@code auto} is stdio for a command, and
     *     Streamable HTTP for a URL; if that upstream responds to {@code initialize} with 400, 404
     *     or 405, it is HTTP+SSE (2024-11-05)
     * @param env environment variables of the process. It inherits only {@code PATH}, {@code HOME},
     *     locale, time zone and a few others from this service
     * @param headers headers of each request, for example {@code Authorization}
     * @param auth how calls authenticate at the upstream
     * @param tools tools to offer, by the names at the upstream: {@code tools.include}, {@code
     *     tools.exclude}
     * @param prefix whether all names get the prefix {@code <name>_}. If false, only names that
     *     collide get it
     * @param timeout timeout of one request
     * @param connectTimeout timeout of connecting, including the MCP handshake
     * @param idleTimeout time after which an unused process ends, with {@code mode: per-session} or
     *     {@code start: lazy}
     * @param maxProcesses maximum number of processes at a time, with {@code mode: per-session}
     * @param maxProcessesPerPrincipal maximum number of processes of one principal; {@code 0} means
     *     half of {@code max-processes}. Does not apply to anonymous clients, which share {@code
     *     max-processes}
     * @param probeInterval interval at which a connected upstream is probed
     * @param maxMessageSize maximum size of one message from the upstream, 1KB to 2047MB
     * @param extensions identifiers of MCP extensions whose messages pass unchanged between this
     *     upstream and clients of {@code <path>/<name>}. MCP Apps and Skills always pass
     */
    public record Upstream(
            @DefaultValue("auto") Transport transport,
            @Nullable String command,
            @DefaultValue List<String> args,
            @DefaultValue Map<String, String> env,
            @Nullable Path cwd,
            @Nullable URI url,
            @DefaultValue Map<String, String> headers,
            @DefaultValue UpstreamAuth auth,
            @DefaultValue("shared") Mode mode,
            @DefaultValue("boot") Start start,
            @DefaultValue("auto") Era era,
            @DefaultValue ToolFilter tools,
            @DefaultValue("false") boolean prefix,
            @DefaultValue("60s") Duration timeout,
            @DefaultValue("30s") Duration connectTimeout,
            @DefaultValue("5m") Duration idleTimeout,
            @DefaultValue("32") int maxProcesses,
            @DefaultValue("0") int maxProcessesPerPrincipal,
            @DefaultValue("30s") Duration probeInterval,
            @DefaultValue("64MB") DataSize maxMessageSize,
            @DefaultValue List<String> extensions) {

        private static final Pattern EXTENSION_ID =
                Pattern.compile("[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+/[A-Za-z0-9._-]+");

        /** Extensions about the credential of one connection. */
        private static final Set<String> ENDING_HERE =
                Set.of(
                        "io.modelcontextprotocol/oauth-client-credentials",
                        "io.modelcontextprotocol/enterprise-managed-authorization");

        /**
         * Replaces {@code AUTO} by {@code STDIO} if there is a command, and {@code 0} processes per
         * principal by half of the maximum. Moves the user info of a URL into an {@code
         * Authorization} header, unless one is configured.
         */
        public Upstream {
            if (transport == Transport.AUTO && command != null) {
                transport = Transport.STDIO;
            }
            if (maxProcessesPerPrincipal == 0) {
                maxProcessesPerPrincipal = Math.max(1, maxProcesses / 2);
            }
            if (url != null && url.getRawUserInfo() != null) {
                headers = HttpEndpoint.withBasicAuthorization(headers, url);
                url = HttpEndpoint.withoutUserInfo(url);
            }
        }

        /** Returns {@code stdio}, {@code http} or {@code attached}. */
        public String kind() {
            if (isAttached()) {
                return "attached";
            }
            return url != null ? "http" : "stdio";
        }

        /** Returns true if the upstream connects by itself: it has neither a command nor a URL. */
        public boolean isAttached() {
            return command == null && url == null;
        }

        /**
         * Returns true if the upstream also runs while no client uses it: it neither belongs to a
         * client session nor is its process started for calls.
         */
        public boolean outlivesCalls() {
            return mode == Mode.SHARED && (transport != Transport.STDIO || start == Start.BOOT);
        }

        /** Returns a stdio upstream with default values for all other properties. */
        public static Upstream process(
                String command, List<String> args, Map<String, String> env, @Nullable Path cwd) {
            return byDefault(Transport.STDIO, command, args, env, cwd, null, Map.of());
        }

        /** Returns an HTTP upstream with default values for all other properties. */
        static Upstream http(Transport transport, URI url, Map<String, String> headers) {
            return byDefault(transport, null, List.of(), Map.of(), null, url, headers);
        }

        /**
         * Returns an upstream that connects by itself, by a protocol with {@code initialize}.
         *
         * @param timeout of one request
         * @param probeInterval interval at which it is probed while it is connected
         */
        public static Upstream attached(
                Duration timeout, Duration probeInterval, DataSize maxMessageSize) {
            return new Upstream(
                    Transport.AUTO,
                    null,
                    List.of(),
                    Map.of(),
                    null,
                    null,
                    Map.of(),
                    UpstreamAuth.UNSET,
                    Mode.SHARED,
                    Start.BOOT,
                    Era.LEGACY,
                    ToolFilter.ALL,
                    false,
                    timeout,
                    timeout,
                    Duration.ofMinutes(5),
                    32,
                    0,
                    probeInterval,
                    maxMessageSize,
                    List.of());
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
                    UpstreamAuth.UNSET,
                    Mode.SHARED,
                    Start.BOOT,
                    Era.AUTO,
                    ToolFilter.ALL,
                    false,
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(5),
                    32,
                    0,
                    Duration.ofSeconds(30),
                    DataSize.ofMegabytes(64),
                    List.of());
        }

        Upstream with(Duration timeout, ToolFilter tools) {
            return new Upstream(
                    transport,
                    command,
                    args,
                    env,
                    cwd,
                    url,
                    headers,
                    auth,
                    mode,
                    start,
                    era,
                    tools,
                    prefix,
                    timeout,
                    connectTimeout,
                    idleTimeout,
                    maxProcesses,
                    maxProcessesPerPrincipal,
                    probeInterval,
                    maxMessageSize,
                    extensions);
        }

        /**
         * Checks all values. The working directory must exist.
         *
         * @throws IllegalArgumentException if a value is invalid; the message names the property
         *     and contains no header or environment variable
         */
        public void check() {
            require((command == null) != (url == null), "set either command or url");
            require(
                    (transport == Transport.STDIO) == (command != null),
                    "transport stdio needs a command, http and sse need a url");
            require(cwd == null || Files.isDirectory(cwd), "cwd: the folder does not exist");
            require(maxProcesses >= 1, "max-processes must be at least 1");
            require(
                    maxProcessesPerPrincipal >= 1,
                    "max-processes-per-principal must be at least 1, or 0 for half of max-processes");
            require(
                    timeout.isPositive()
                            && connectTimeout.isPositive()
                            && idleTimeout.isPositive()
                            && probeInterval.isPositive(),
                    "timeout, connect-timeout, idle-timeout and probe-interval must be positive");
            require(
                    maxMessageSize.toBytes() >= 1024
                            && maxMessageSize.toBytes() <= Integer.MAX_VALUE,
                    "max-message-size must be 1KB to 2047MB");
            auth.check(url, headers, mode);
            extensions.forEach(Upstream::checkExtension);
            if (url != null) {
                new HttpEndpoint(url, headers);
            } else {
                stdio();
            }
        }

        /** Returns which credential the calls carry. */
        public UpstreamAuth.Type authType() {
            return auth.type(headers);
        }

        /**
         * Returns true for extensions that concern one connection only, so that they never pass:
         * those of Springline itself, and those about credentials.
         */
        public static boolean endsHere(String extension) {
            return extension.startsWith("io.springline/") || ENDING_HERE.contains(extension);
        }

        private static void checkExtension(String id) {
            require(
                    EXTENSION_ID.matcher(id).matches(),
                    "extensions: '%s' is not an identifier such as com.example/name".formatted(id));
            require(
                    !endsHere(id),
                    "extensions: '%s' cannot pass, because Springline itself ends it"
                            .formatted(id));
        }

        public StdioCommand stdio() {
            return new StdioCommand(String.valueOf(command), args, env, cwd);
        }

        private static void require(boolean fulfilled, String otherwise) {
            if (!fulfilled) {
                throw new IllegalArgumentException(otherwise);
            }
        }

        /** Contains the command or the URL only: arguments, headers and query may be secret. */
        @Override
        public String toString() {
            return url != null ? "url " + HttpEndpoint.withoutQuery(url) : "command " + command;
        }
    }
}
