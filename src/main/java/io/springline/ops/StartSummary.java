package io.springline.ops;

import io.springline.auth.Authenticator;
import io.springline.cluster.Cluster;
import io.springline.relay.UpstreamView;
import io.springline.relay.Upstreams;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.info.BuildProperties;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;

/** The last lines of a start: where the service is, who may use it, and what it has found. */
final class StartSummary implements ApplicationListener<ApplicationReadyEvent> {

    private static final Logger log = LoggerFactory.getLogger(StartSummary.class);
    private static final int MAX_REASON = 300;

    private final Authenticator authenticator;
    private final Upstreams upstreams;
    private final @Nullable Cluster cluster;
    private final @Nullable BuildProperties build;

    StartSummary(
            Authenticator authenticator,
            Upstreams upstreams,
            @Nullable Cluster cluster,
            @Nullable BuildProperties build) {
        this.authenticator = authenticator;
        this.upstreams = upstreams;
        this.cluster = cluster;
        this.build = build;
    }

    @Override
    public void onApplicationEvent(ApplicationReadyEvent event) {
        if (event.getApplicationContext() instanceof WebServerApplicationContext context
                && context.getWebServer() != null) {
            lines(event.getApplicationContext().getEnvironment(), context.getWebServer().getPort())
                    .forEach(log::info);
        }
        log.info(
                "Springline {} has started{}",
                build == null ? "" : build.getVersion(),
                event.getTimeTaken() == null
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                " in %.1f s",
                                event.getTimeTaken().toMillis() / 1000.0));
    }

    List<String> lines(Environment environment, int port) {
        String bundle = environment.getProperty("server.ssl.bundle");
        boolean tls =
                bundle != null
                        || environment.containsProperty("server.ssl.certificate")
                        || environment.containsProperty("server.ssl.key-store");
        String address = environment.getProperty("server.address");
        boolean everywhere = address == null ? authenticator.hasCredentials() : isWildcard(address);
        String host =
                "%s:%d".formatted(address == null || everywhere ? "localhost" : address, port);
        boolean console =
                environment.getProperty("springline.console.enabled", Boolean.class, true);
        return List.of(
                "MCP endpoint: %s://%s%s%s"
                        .formatted(
                                tls ? "wss" : "ws",
                                host,
                                environment.getProperty("springline.websocket.path", "/mcp"),
                                everywhere ? ", on all addresses of this machine" : ""),
                "Console: "
                        + (console
                                ? "%s://%s/console/".formatted(tls ? "https" : "http", host)
                                : "off"),
                "Who may connect: " + authenticator.admitted(),
                "TLS: " + (tls ? "on" + (bundle == null ? "" : ", bundle " + bundle) : "off"),
                "Redis: "
                        + (cluster == null
                                ? "off, sessions live in this process"
                                : "%s, this node is %s".formatted(cluster.state(), cluster.node())),
                "Upstreams: " + upstreams(upstreams.all()));
    }

    private static boolean isWildcard(String address) {
        return address.equals("0.0.0.0") || address.equals("::") || address.equals("[::]");
    }

    private static String upstreams(List<UpstreamView> all) {
        if (all.isEmpty()) {
            return "none";
        }
        long up = all.stream().filter(each -> each.state().equals("up")).count();
        return "%d of %d up%s"
                .formatted(
                        up,
                        all.size(),
                        all.stream()
                                .filter(each -> !each.state().equals("up"))
                                .map(StartSummary::notUp)
                                .collect(Collectors.joining()));
    }

    private static String notUp(UpstreamView upstream) {
        String trouble = upstream.trouble() == null ? "" : ": " + upstream.trouble();
        String said = "; '%s' is %s%s".formatted(upstream.name(), upstream.state(), trouble);
        return said.length() > MAX_REASON ? said.substring(0, MAX_REASON) + "…" : said;
    }
}
