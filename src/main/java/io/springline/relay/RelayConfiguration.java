package io.springline.relay;

import io.springline.feature.Features;
import io.springline.feature.FeaturesFactory;
import io.springline.jsonrpc.JsonRpcCodec;
import io.springline.relay.UpstreamSlot.TransportFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RelayProperties.class)
class RelayConfiguration {

    /** Of one TCP connection to an HTTP upstream. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    @Bean
    Upstreams upstreams(
            RelayProperties properties,
            Features features,
            FeaturesFactory factory,
            Environment environment,
            ObjectProvider<UpstreamTracer> tracers) {
        var processes = new ProcessGroups();
        HttpClient http = HttpTransport.client(CONNECT_TIMEOUT);
        var upstreams = new ArrayList<Upstream>();
        configured(properties, environment)
                .forEach((name, spec) ->
                        upstreams.add(
                                upstream(name, spec, processes, http, tracers.getIfAvailable())));
        return new Upstreams(upstreams, features, factory, processes);
    }

    private static Map<String, RelayProperties.Upstream> configured(
            RelayProperties properties, Environment environment) {
        var all = new LinkedHashMap<>(properties.upstreams());
        if (properties.configFile() != null) {
            new McpServersFile(properties.configFile(), environment::resolveRequiredPlaceholders)
                    .read()
                    .forEach((name, spec) -> {
                        if (all.putIfAbsent(name, spec) != null) {
                            throw new IllegalArgumentException(
                                    "springline.relay.config-file: mcpServers.%s is also in springline.relay.upstreams"
                                            .formatted(name));
                        }
                    });
        }
        all.forEach((name, spec) -> spec.check(name));
        return all;
    }

    private static Upstream upstream(
            String name,
            RelayProperties.Upstream spec,
            ProcessGroups processes,
            HttpClient http,
            @Nullable UpstreamTracer tracer) {
        int maxBytes = (int) spec.maxMessageSize().toBytes();
        JsonRpcCodec codec = JsonRpcCodec.json(maxBytes);
        var stderr = new StderrRing();
        URI url = spec.url();
        TransportFactory transports =
                url != null
                        ? () ->
                                new HttpTransport(
                                        name,
                                        new HttpEndpoint(url, spec.headers()),
                                        codec,
                                        http,
                                        spec.timeout(),
                                        maxBytes)
                        : () ->
                                new StdioTransport(
                                        name, command(spec), processes, codec, maxBytes, stderr);
        return new Upstream(name, spec, transports, stderr, tracer);
    }

    private static StdioCommand command(RelayProperties.Upstream spec) {
        return new StdioCommand(
                String.valueOf(spec.command()), List.copyOf(spec.args()), spec.env(), spec.cwd());
    }
}
