package io.springline.relay;

import io.springline.config.EndpointNames;
import io.springline.config.InvalidConfigurationException;
import io.springline.curation.CuratedEndpoint;
import io.springline.curation.EndpointsProperties;
import io.springline.relay.config.McpServersFile;
import io.springline.relay.config.RefusedUpstream;
import io.springline.relay.config.RelayProperties;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.Environment;

/**
 * The checked configuration of the upstreams and the curated endpoints.
 *
 * @param specs by name, in the order of the configuration
 * @param refused entries of the server file that cannot be used
 */
record ConfiguredUpstreams(
        Map<String, RelayProperties.Upstream> specs,
        List<RefusedUpstream> refused,
        List<CuratedEndpoint> endpoints) {

    private static final Logger log = LoggerFactory.getLogger(ConfiguredUpstreams.class);

    /**
     * Reads the server file, and checks all values.
     *
     * @param environment values of placeholders of the server file
     * @throws InvalidConfigurationException if something cannot be used, except for an entry of the
     *     server file
     */
    static ConfiguredUpstreams of(
            RelayProperties properties, EndpointsProperties endpoints, Environment environment) {
        var specs = new LinkedHashMap<>(properties.upstreams());
        specs.forEach(ConfiguredUpstreams::check);
        List<RefusedUpstream> refused = List.of();
        if (properties.configFile() != null) {
            var contents =
                    new McpServersFile(
                                    properties.configFile(),
                                    name -> variable(environment, name),
                                    McpServersFile.inputs(properties.inputs()))
                            .read(specs.keySet());
            refused = contents.refused();
            specs.putAll(contents.upstreams());
            report(contents);
        }
        return new ConfiguredUpstreams(specs, refused, curated(endpoints, specs, environment));
    }

    private static void check(String name, RelayProperties.Upstream spec) {
        try {
            if (!EndpointNames.isValid(name)) {
                throw new IllegalArgumentException("the name must be 1 to 32 of A-Z a-z 0-9 _ . -");
            }
            if (EndpointNames.isReserved(name)) {
                throw new IllegalArgumentException(
                        "the path of this name has another meaning: choose another name");
            }
            spec.check();
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationException(
                    "springline.relay.upstreams.%s: %s".formatted(name, e.getMessage()),
                    "Correct it, or remove this upstream.");
        }
    }

    private static List<CuratedEndpoint> curated(
            EndpointsProperties endpoints,
            Map<String, RelayProperties.Upstream> specs,
            Environment environment) {
        boolean mayAttach =
                environment.getProperty("springline.attach.enabled", Boolean.class, false)
                        || environment.containsProperty("springline.attach.tokens[0].hash");
        try {
            return endpoints.endpoints().entrySet().stream()
                    .map(each ->
                            CuratedEndpoint.of(
                                    each.getKey(), each.getValue(), specs.keySet(), mayAttach))
                    .toList();
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationException(
                    String.valueOf(e.getMessage()),
                    "Correct it. docs/endpoints.md describes the rules.");
        }
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
}
