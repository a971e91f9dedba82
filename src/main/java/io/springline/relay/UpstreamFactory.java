package io.springline.relay;

import io.springline.auth.CallerTokens;
import io.springline.config.InvalidConfigurationException;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.relay.auth.AuthorizationServerClient;
import io.springline.relay.auth.UpstreamCredentials;
import io.springline.relay.client.UpstreamTransport;
import io.springline.relay.config.HttpEndpoint;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.StdioCommand;
import io.springline.relay.config.UpstreamAuth.Type;
import io.springline.relay.consent.ConsentedUpstreams;
import io.springline.relay.http.HttpTransport;
import io.springline.relay.http.RelayHttpClient;
import io.springline.relay.http.RequestCredential;
import io.springline.relay.stdio.ProcessGroups;
import io.springline.relay.stdio.ProcessStarts;
import io.springline.relay.stdio.StderrRing;
import io.springline.relay.stdio.StdioTransport;
import io.springline.relay.upstream.SubscribedUris;
import io.springline.relay.upstream.TransportSource;
import io.springline.relay.upstream.Upstream;
import io.springline.relay.upstream.UpstreamTracer;
import io.springline.session.Caller;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jetty.client.HttpClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates the upstreams of the configuration, with what they share. */
final class UpstreamFactory {

    private static final Logger log = LoggerFactory.getLogger(UpstreamFactory.class);

    /** The timeout of one TCP connection to an HTTP upstream. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    private final ProcessGroups processes = new ProcessGroups();
    private final ProcessStarts starts;
    private final @Nullable UpstreamTracer tracer;
    private final CallerTokens callerTokens;
    private final ConsentedUpstreams consented;
    private @Nullable HttpClient http;
    private @Nullable AuthorizationServerClient servers;

    UpstreamFactory(
            @Nullable UpstreamTracer tracer,
            CallerTokens callerTokens,
            ConsentedUpstreams consented,
            ProcessStarts starts) {
        this.tracer = tracer;
        this.starts = starts;
        this.callerTokens = callerTokens;
        this.consented = consented;
    }

    /**
     * Checks that the upstream can be created, which may need more than its own entry.
     *
     * @throws InvalidConfigurationException if the configuration lacks something
     */
    void check(String name, RelayProperties.Upstream spec) {
        if (spec.authType() == Type.AUTHORIZATION_CODE) {
            consented.check(name);
        }
        if (spec.url() != null) {
            // A trust store that cannot be read fails here, before a reload has changed anything.
            client();
        }
    }

    /**
     * Creates an upstream without starting it.
     *
     * @param subscribed the subscriptions of clients, which an upstream keeps when its
     *     configuration changes
     */
    Upstream create(String name, RelayProperties.Upstream spec, SubscribedUris subscribed) {
        int maxBytes = (int) spec.maxMessageSize().toBytes();
        JsonRpcCodec codec = JsonRpcCodec.lenientJson(maxBytes);
        var stderr = new StderrRing();
        var credentials = new UpstreamCredentials(name, spec, callerTokens, servers(spec));
        if (spec.authType() == Type.AUTHORIZATION_CODE) {
            credentials.consents(
                    consented.add(
                            name,
                            spec,
                            Objects.requireNonNull(servers(spec)),
                            credentials.failures()));
        } else if (spec.authType().isPerCaller()) {
            callerTokens.keep();
        }
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
                                            stderr),
                            starts),
                    credentials,
                    stderr,
                    tracer,
                    subscribed);
        }
        List<String> ignored = HttpEndpoint.ignored(spec.headers());
        if (!ignored.isEmpty()) {
            log.atWarn()
                    .addKeyValue("upstream", name)
                    .addKeyValue("headers", ignored)
                    .log("headers ignored: the protocol sets them");
        }
        var endpoint = new HttpEndpoint(url, spec.headers());
        HttpClient client = client();
        return new Upstream(
                name,
                spec,
                new Transports(
                        () -> http(name, spec, endpoint, credentials.shared(), codec, client),
                        caller -> http(name, spec, endpoint, credentials.of(caller), codec, client),
                        null),
                credentials,
                stderr,
                tracer,
                subscribed);
    }

    private HttpTransport http(
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

    /** Starts the client with the first HTTP upstream, since it reads the trust store. */
    private synchronized HttpClient client() {
        if (http == null) {
            http = RelayHttpClient.start(CONNECT_TIMEOUT);
        }
        return http;
    }

    /** Transports that act for Springline, or for one caller. */
    private record Transports(
            Supplier<UpstreamTransport> shared,
            Function<Caller, UpstreamTransport> ofCaller,
            @Nullable ProcessStarts starts)
            implements TransportSource {

        @Override
        public UpstreamTransport create() {
            return shared.get();
        }

        @Override
        public TransportSource actingFor(Caller caller) {
            return new Transports(() -> ofCaller.apply(caller), ofCaller, starts);
        }
    }

    private synchronized @Nullable AuthorizationServerClient servers(
            RelayProperties.Upstream spec) {
        if (servers == null && spec.authType().usesTokens()) {
            servers = new AuthorizationServerClient();
        }
        return servers;
    }

    /** Ends all processes and connections; the upstreams must be closed before. */
    void close() throws Exception {
        processes.close();
        synchronized (this) {
            if (http != null) {
                RelayHttpClient.stop(http);
            }
            if (servers != null) {
                servers.close();
            }
        }
    }
}
