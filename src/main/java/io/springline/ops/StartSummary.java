package io.springline.ops;

import io.springline.auth.Authenticator;
import io.springline.cluster.Cluster;
import io.springline.relay.Upstreams;
import io.springline.relay.upstream.UpstreamView;
import io.springline.session.RequestProperties;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.info.BuildProperties;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;

/** Logs at the end of the start: URLs, who may connect, TLS, Redis, upstreams and start-up time. */
final class StartSummary implements ApplicationListener<ApplicationReadyEvent> {

    private static final Logger log = LoggerFactory.getLogger(StartSummary.class);
    private static final int MAX_REASON = 300;
    private static final int MAX_NAMES = 20;

    private final Authenticator authenticator;
    private final Upstreams upstreams;
    private final @Nullable Cluster cluster;
    private final RequestProperties requests;
    private final @Nullable BuildProperties build;

    StartSummary(
            Authenticator authenticator,
            Upstreams upstreams,
            @Nullable Cluster cluster,
            RequestProperties requests,
            @Nullable BuildProperties build) {
        this.authenticator = authenticator;
        this.upstreams = upstreams;
        this.cluster = cluster;
        this.requests = requests;
        this.build = build;
    }

    @Override
    public void onApplicationEvent(ApplicationReadyEvent event) {
        if (cluster != null && requests.stateKeys().isEmpty()) {
            log.warn(
                    "Redis is on, and springline.requests.state-keys is empty: a modern client can answer"
                            + " what a call asked, such as an approval, only at the replica that asked."
                            + " Set the same secret of at least 32 characters at all replicas");
        }
        if (event.getApplicationContext() instanceof WebServerApplicationContext context
                && context.getWebServer() != null) {
            lines(event.getApplicationContext().getEnvironment(), context.getWebServer().getPort())
                    .forEach(log::info);
        }
        log.info(
                "Springline {} is ready{}",
                build == null || !"springline".equals(build.getArtifact())
                        ? ""
                        : build.getVersion(),
                event.getTimeTaken() == null
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                " after %.1f s",
                                event.getTimeTaken().toMillis() / 1000.0));
    }

    List<String> lines(Environment environment, int port) {
        String bundle = environment.getProperty("server.ssl.bundle");
        boolean tls =
                bundle != null
                        || environment.containsProperty("server.ssl.certificate")
                        || environment.containsProperty("server.ssl.key-store");
        String configured = environment.getProperty("server.address");
        Reach reach = Reach.of(configured, authenticator.hasCredentials());
        String host = "%s:%d".formatted(reach == Reach.ADDRESS ? configured : "localhost", port);
        String path = environment.getProperty("springline.websocket.path", "/mcp");
        String http = "%s://%s".formatted(tls ? "https" : "http", host);
        var lines = new ArrayList<String>();
        lines.add(
                "MCP endpoint: %s://%s%s%s"
                        .formatted(
                                tls ? "wss" : "ws",
                                host,
                                path,
                                environment.getProperty(
                                                "springline.http.enabled", Boolean.class, true)
                                        ? ", and %s%s for Streamable HTTP".formatted(http, path)
                                        : ""));
        lines.add(
                "Console: "
                        + (environment.getProperty(
                                        "springline.console.enabled", Boolean.class, false)
                                ? http + "/console/"
                                : "off"));
        lines.add("Who may connect: %s, %s".formatted(reach.words(), authenticator.admitted()));
        if (reach != Reach.THIS_MACHINE) {
            lines.add(
                    "Host names that clients may use: %s (springline.websocket.allowed-hosts)"
                            .formatted(String.join(", ", allowedHosts(environment))));
        }
        lines.add("TLS: " + (tls ? "on" + (bundle == null ? "" : ", bundle " + bundle) : "off"));
        lines.add(
                "Redis: "
                        + (cluster == null
                                ? "off; sessions are kept in this process only"
                                : "%s; this node is %s"
                                        .formatted(cluster.state(), cluster.node())));
        lines.add("Upstreams: " + upstreams(upstreams.all()));
        return lines;
    }

    /** The network from which the server can be reached. */
    private enum Reach {
        THIS_MACHINE("programs on this machine"),
        ADDRESS("everyone who can reach this address"),
        EVERYWHERE("everyone who can reach this machine");

        private final String words;

        Reach(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }

        static Reach of(@Nullable String address, boolean hasCredentials) {
            if (address == null) {
                return hasCredentials ? EVERYWHERE : THIS_MACHINE;
            }
            return switch (address) {
                case "0.0.0.0", "::", "[::]" -> EVERYWHERE;
                case "localhost", "::1", "[::1]" -> THIS_MACHINE;
                default -> address.startsWith("127.") ? THIS_MACHINE : ADDRESS;
            };
        }
    }

    private static List<String> allowedHosts(Environment environment) {
        return Binder.get(environment)
                .bind("springline.websocket.allowed-hosts", Bindable.listOf(String.class))
                .orElse(List.of("localhost", "127.0.0.1", "[::1]"));
    }

    private static String upstreams(List<UpstreamView> all) {
        if (all.isEmpty()) {
            return "none";
        }
        List<UpstreamView> up = all.stream().filter(each -> each.state().equals("up")).toList();
        String names =
                up.stream()
                        .limit(MAX_NAMES)
                        .map(each -> "%s (%d tools)".formatted(each.name(), each.tools()))
                        .collect(Collectors.joining(", "));
        return "%d of %d up%s%s%s%s"
                .formatted(
                        up.size(),
                        all.size(),
                        up.isEmpty() ? "" : ": " + names,
                        up.size() > MAX_NAMES ? " and more" : "",
                        all.stream()
                                .filter(each -> !each.state().equals("up"))
                                .limit(MAX_NAMES)
                                .map(StartSummary::notUp)
                                .collect(Collectors.joining()),
                        all.size() - up.size() > MAX_NAMES ? "; and more that are not up" : "");
    }

    private static String notUp(UpstreamView upstream) {
        String named = "^Upstream '%s':? ".formatted(Pattern.quote(upstream.name()));
        String trouble =
                upstream.trouble() == null ? "" : ": " + upstream.trouble().replaceFirst(named, "");
        String text = "; '%s' is %s%s".formatted(upstream.name(), upstream.state(), trouble);
        return text.length() > MAX_REASON ? text.substring(0, MAX_REASON) + "…" : text;
    }
}
