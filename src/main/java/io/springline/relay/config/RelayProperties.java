package io.springline.relay.config;

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
 * @param configFile another MCP host's file of servers, such as {@code mcp.json}; they come after
 *     {@code upstreams}
 * @param inputs values of the {@code ${input:id}} in that file, by id
 */
@ConfigurationProperties(prefix = "springline.relay", ignoreUnknownFields = false)
public record RelayProperties(
        @DefaultValue Map<String, Upstream> upstreams,
        @Nullable Path configFile,
        @DefaultValue Map<String, String> inputs) {

    /** Whose process it is. */
    public enum Mode {
        /** One process or session for all clients. */
        SHARED,
        /** One for each client session: for servers that keep state between calls. */
        PER_SESSION
    }

    /** When it is started. */
    public enum Start {
        /** With the service, and again whenever it ends. */
        BOOT,
        /** At the start for its lists only, then when it is called, and ended when idle. */
        LAZY
    }

    /** How it is spoken to. */
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
     * One upstream: a command, or a URL.
     *
     * @param transport {@code auto}: stdio for a command; Streamable HTTP for a URL, and HTTP+SSE
     *     (2024-11-05) if the upstream answers {@code initialize} with 400, 404 or 405
     * @param env of the process, besides {@code PATH}, {@code HOME}, locale and time zone: it gets
     *     nothing else of this service's environment
     * @param headers sent with each request, for example {@code Authorization}
     * @param tools which of its tools are served, by its own names for them: {@code tools.include},
     *     {@code tools.exclude}
     * @param prefix whether its names always get {@code <name>_} in front; otherwise only those
     *     that collide
     * @param timeout of one request
     * @param connectTimeout from the start to the end of the handshake
     * @param idleTimeout after which an unused process ends, where there may be several or none
     * @param maxProcesses most processes at a time with {@code mode: per-session}
     * @param maxProcessesPerPrincipal most of them for one principal; {@code 0} is half of {@code
     *     max-processes}. Clients without credentials cannot be told apart, and share all
     * @param probeInterval how often an upstream that is up and not called is asked whether it
     *     still answers
     * @param maxMessageSize largest message that it may send
     */
    public record Upstream(
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
            @DefaultValue ToolFilter tools,
            @DefaultValue("false") boolean prefix,
            @DefaultValue("60s") Duration timeout,
            @DefaultValue("30s") Duration connectTimeout,
            @DefaultValue("5m") Duration idleTimeout,
            @DefaultValue("32") int maxProcesses,
            @DefaultValue("0") int maxProcessesPerPrincipal,
            @DefaultValue("30s") Duration probeInterval,
            @DefaultValue("64MB") DataSize maxMessageSize) {

        /**
         * The transport of a command is never {@code AUTO}. The user info of a URL becomes an
         * {@code Authorization} header, unless there is one.
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

        /** A process, as {@code mcpServers} files describe it; the rest as by default. */
        public static Upstream process(
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
                    ToolFilter.ALL,
                    false,
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(5),
                    32,
                    0,
                    Duration.ofSeconds(30),
                    DataSize.ofMegabytes(64));
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
                    maxMessageSize);
        }

        /**
         * @throws IllegalArgumentException naming what is wrong, never the value of a header or
         *     variable
         */
        public void check() {
            require((command == null) != (url == null), "either command or url is needed");
            require(
                    (transport == Transport.STDIO) == (command != null),
                    "transport stdio needs a command, http and sse need a url");
            require(cwd == null || Files.isDirectory(cwd), "cwd: there is no such folder");
            require(maxProcesses >= 1, "max-processes must be at least 1");
            require(
                    maxProcessesPerPrincipal >= 1,
                    "max-processes-per-principal must be at least 1, or 0 for half of max-processes");
            require(
                    timeout.isPositive()
                            && connectTimeout.isPositive()
                            && idleTimeout.isPositive()
                            && probeInterval.isPositive(),
                    "timeouts must be positive");
            require(
                    maxMessageSize.toBytes() >= 1024
                            && maxMessageSize.toBytes() <= Integer.MAX_VALUE,
                    "max-message-size must be 1KB to 2047MB");
            if (url != null) {
                new HttpEndpoint(url, headers);
            } else {
                stdio();
            }
        }

        public StdioCommand stdio() {
            return new StdioCommand(String.valueOf(command), args, env, cwd);
        }

        private static void require(boolean fulfilled, String otherwise) {
            if (!fulfilled) {
                throw new IllegalArgumentException(otherwise);
            }
        }

        /** Without what may be secret: arguments, variables, headers, the query of the URL. */
        @Override
        public String toString() {
            return url != null ? "url " + HttpEndpoint.withoutQuery(url) : "command " + command;
        }
    }
}
