package io.springline.relay;

import io.springline.auth.CallerTokens;
import io.springline.config.InvalidConfigurationException;
import io.springline.curation.CuratedEndpoint;
import io.springline.curation.EndpointsProperties;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.FeaturesFactory;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.Topic;
import io.springline.relay.auth.AuthorizationServerClient;
import io.springline.relay.auth.UpstreamCredentials;
import io.springline.relay.client.UpstreamTransport;
import io.springline.relay.config.HttpEndpoint;
import io.springline.relay.config.McpServersFile;
import io.springline.relay.config.RefusedUpstream;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.StdioCommand;
import io.springline.relay.config.UpstreamNames;
import io.springline.relay.http.HttpTransport;
import io.springline.relay.http.RelayHttpClient;
import io.springline.relay.http.RequestCredential;
import io.springline.relay.stdio.ProcessGroups;
import io.springline.relay.stdio.StderrRing;
import io.springline.relay.stdio.StdioTransport;
import io.springline.session.Backplane;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jetty.client.HttpClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({RelayProperties.class, EndpointsProperties.class})
class RelayConfiguration {

    private static final Logger log = LoggerFactory.getLogger(RelayConfiguration.class);

    /** The timeout of one TCP connection to an HTTP upstream. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    @Bean("springlineUpstreams")
    Upstreams upstreams(
            RelayProperties properties,
            EndpointsProperties endpoints,
            Features features,
            FeaturesFactory factory,
            Environment environment,
            CallerTokens callerTokens,
            ObjectProvider<UpstreamTracer> tracers) {
        var specs = new LinkedHashMap<>(properties.upstreams());
        specs.forEach(RelayConfiguration::check);
        List<RefusedUpstream> refused = List.of();
        if (properties.configFile() != null) {
            var contents =
                    new McpServersFile(
                                    properties.configFile(),
                                    name -> variable(environment, name),
                                    id -> input(properties.inputs(), id))
                            .read(specs.keySet());
            refused = contents.refused();
            specs.putAll(contents.upstreams());
            report(contents);
        }
        var processes = new ProcessGroups();
        HttpClient http = RelayHttpClient.start(CONNECT_TIMEOUT);
        var upstreams = new ArrayList<Upstream>();
        UpstreamTracer tracer = tracers.getIfAvailable();
        AuthorizationServerClient servers =
                specs.values().stream().anyMatch(spec -> spec.authType().usesTokens())
                        ? new AuthorizationServerClient()
                        : null;
        if (specs.values().stream().anyMatch(spec -> spec.authType().isPerCaller())) {
            callerTokens.keep();
        }
        specs.forEach((name, spec) ->
                upstreams.add(
                        upstream(
                                name,
                                spec,
                                new UpstreamCredentials(name, spec, callerTokens, servers),
                                processes,
                                http,
                                tracer)));
        return new Upstreams(
                upstreams,
                refused,
                curated(endpoints, specs.keySet(), environment),
                features,
                factory,
                tracer,
                () -> {
                    processes.close();
                    RelayHttpClient.stop(http);
                    if (servers != null) {
                        servers.close();
                    }
                });
    }

    private static void check(String name, RelayProperties.Upstream spec) {
        try {
            if (!UpstreamNames.isValid(name)) {
                throw new IllegalArgumentException("the name must be 1 to 32 of A-Z a-z 0-9 _ . -");
            }
            spec.check();
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationException(
                    "springline.relay.upstreams.%s: %s".formatted(name, e.getMessage()),
                    "Correct it, or remove this upstream.");
        }
    }

    private static List<CuratedEndpoint> curated(
            EndpointsProperties endpoints, Set<String> known, Environment environment) {
        boolean mayAttach =
                environment.getProperty("springline.attach.enabled", Boolean.class, false)
                        || environment.containsProperty("springline.attach.tokens[0].hash");
        try {
            return endpoints.endpoints().entrySet().stream()
                    .map(each ->
                            CuratedEndpoint.of(each.getKey(), each.getValue(), known, mayAttach))
                    .toList();
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationException(
                    String.valueOf(e.getMessage()),
                    "Correct it. docs/endpoints.md describes the rules.");
        }
    }

    /** Curated endpoints follow the features of this service. */
    @Bean
    SmartInitializingSingleton localFeatureChanges(Upstreams upstreams, Backplane backplane) {
        return () ->
                backplane.subscribe((endpoint, topic) -> {
                    if (endpoint.equals(McpSession.MAIN_ENDPOINT)
                            && !(topic instanceof Topic.ResourceUpdated)) {
                        upstreams.localChanged();
                    }
                });
    }

    private static void report(McpServersFile.Contents contents) {
        contents.renamed()
                .forEach((name, inFile) ->
                        log.atInfo()
                                .addKeyValue("server", inFile)
                                .addKeyValue("upstream", name)
                                .log("server of the config-file is served under another name"));
        contents.refused()
                .forEach(each ->
                        log.atWarn()
                                .addKeyValue("upstream", each.name())
                                .addKeyValue("reason", each.reason())
                                .log("upstream is left out"));
    }

    /**
     * Returns an environment variable, or else a property. Environment variables come first because
     * their values are used unchanged.
     */
    private static @Nullable String variable(Environment environment, String name) {
        String value = System.getenv(name);
        return value != null ? value : environment.getProperty(name);
    }

    /**
     * Returns the value of an input. An environment variable cannot contain every character of an
     * id, so only letters and digits are compared.
     */
    private static @Nullable String input(Map<String, String> inputs, String id) {
        String given = inputs.get(id);
        return given != null
                ? given
                : inputs.entrySet().stream()
                        .filter(each -> lettersOf(each.getKey()).equals(lettersOf(id)))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse(null);
    }

    private static String lettersOf(String id) {
        return id.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    private static Upstream upstream(
            String name,
            RelayProperties.Upstream spec,
            UpstreamCredentials credentials,
            ProcessGroups processes,
            HttpClient http,
            @Nullable UpstreamTracer tracer) {
        int maxBytes = (int) spec.maxMessageSize().toBytes();
        JsonRpcCodec codec = JsonRpcCodec.lenientJson(maxBytes);
        var stderr = new StderrRing();
        URI url = spec.url();
        if (url == null) {
            StdioCommand command = spec.stdio();
            return new Upstream(
                    name,
                    spec,
                    new Transports(
                            () ->
                                    new StdioTransport(
                                            name, command, processes, codec, maxBytes, stderr),
                            caller ->
                                    new StdioTransport(
                                            name,
                                            credentials.command(caller),
                                            processes,
                                            codec,
                                            maxBytes,
                                            stderr)),
                    credentials,
                    stderr,
                    tracer);
        }
        List<String> ignored = HttpEndpoint.ignored(spec.headers());
        if (!ignored.isEmpty()) {
            log.atWarn()
                    .addKeyValue("upstream", name)
                    .addKeyValue("headers", ignored)
                    .log("headers ignored: the protocol sets them");
        }
        var endpoint = new HttpEndpoint(url, spec.headers());
        return new Upstream(
                name,
                spec,
                new Transports(
                        () -> http(name, spec, endpoint, credentials.shared(), codec, http),
                        caller -> http(name, spec, endpoint, credentials.of(caller), codec, http)),
                credentials,
                stderr,
                tracer);
    }

    private static HttpTransport http(
            String name,
            RelayProperties.Upstream spec,
            HttpEndpoint endpoint,
            RequestCredential credential,
            JsonRpcCodec codec,
            HttpClient client) {
        return new HttpTransport(
                name,
                spec.transport(),
                endpoint,
                credential,
                codec,
                client,
                spec.timeout(),
                (int) spec.maxMessageSize().toBytes());
    }

    /** Transports that act for Springline, or for one caller. */
    private record Transports(
            Supplier<UpstreamTransport> shared, Function<Caller, UpstreamTransport> ofCaller)
            implements TransportSource {

        @Override
        public UpstreamTransport create() {
            return shared.get();
        }

        @Override
        public TransportSource actingFor(Caller caller) {
            return () -> ofCaller.apply(caller);
        }
    }
}
