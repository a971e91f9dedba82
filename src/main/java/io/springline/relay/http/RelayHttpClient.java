package io.springline.relay.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpProxy;
import org.eclipse.jetty.client.Origin;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.SocketAddressResolver;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The HTTP client that all upstreams share, with its connection pool.
 *
 * <p>Each request uses a connection of its own until its response has ended, streams included.
 * HTTP/1.1 only: with HTTP/2 the upstream's settings would limit the number of streams.
 */
public final class RelayHttpClient {

    /**
     * The connection limit, above {@link HttpInFlight#LIMIT}, because several sessions may share
     * one origin.
     */
    private static final int MAX_CONNECTIONS = 20_000;

    /** The idle timeout of a connection, below the 5 s default of Node.js servers. */
    private static final Duration IDLE = Duration.ofSeconds(4);

    /** The maximum size of the headers of one response, in bytes. */
    private static final int MAX_HEADERS = 64 * 1024;

    private RelayHttpClient() {}

    /**
     * Starts a client. It follows no redirects and stores no cookies, which could send credentials
     * to another origin.
     */
    public static HttpClient start(Duration connectTimeout) {
        return start(connectTimeout, _ -> true);
    }

    /**
     * Starts a client that connects only to some addresses. If a host has no permitted address, its
     * requests fail with {@link UnknownHostException}.
     */
    public static HttpClient start(Duration connectTimeout, Predicate<InetAddress> permitted) {
        // each selector has a thread, which also ends calls
        int selectors = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 8);
        var connector = new KeepAliveConnector();
        connector.setSelectors(selectors);
        var transport = new HttpClientTransportOverHTTP(connector);
        // what the client's threads run does not block: see ReplyListener
        transport.setInvocationType(InvocationType.NON_BLOCKING);
        var threads = new QueuedThreadPool(selectors + 7, 1);
        threads.setName("relay-http");
        threads.setDaemon(true);
        var client = new HttpClient(transport);
        client.setExecutor(threads);
        client.setConnectTimeout(connectTimeout.toMillis());
        client.setIdleTimeout(IDLE.toMillis());
        client.setMaxConnectionsPerDestination(MAX_CONNECTIONS);
        client.setMaxRequestsQueuedPerDestination(MAX_CONNECTIONS);
        client.setMaxResponseHeadersSize(MAX_HEADERS);
        client.setFollowRedirects(false);
        client.setHttpCookieStore(new HttpCookieStore.Empty());
        client.setUserAgentField(new HttpField(HttpHeader.USER_AGENT, "springline"));
        client.setSocketAddressResolver(new AllAddresses(permitted));
        List.of("http", "https").forEach(scheme -> addProxy(client, scheme));
        try {
            client.start();
        } catch (Exception e) {
            throw new IllegalStateException("the HTTP client did not start", e);
        }
        // no redirects, no authentication
        client.getProtocolHandlers().clear();
        client.getProtocolHandlers().put(new InterimResponses());
        client.getContentDecoderFactories().clear();
        return client;
    }

    /** Adds the proxy of the JVM's system properties, for the hosts that they do not exclude. */
    private static void addProxy(HttpClient client, String scheme) {
        String host = System.getProperty(scheme + ".proxyHost", "");
        int port = Integer.getInteger(scheme + ".proxyPort", scheme.equals("https") ? 443 : 80);
        if (host.isEmpty()) {
            return;
        }
        client.getProxyConfiguration()
                .addProxy(
                        new HttpProxy(new Origin.Address(host, port), false) {
                            @Override
                            public boolean matches(Origin origin) {
                                return origin.getScheme().equals(scheme)
                                        && ProxySelector.getDefault()
                                                .select(URI.create(origin.asString()))
                                                .stream()
                                                .anyMatch(proxy -> proxy.type() == Proxy.Type.HTTP);
                            }
                        });
    }

    /** Stops the client and closes its connections. */
    public static void stop(HttpClient client) {
        try {
            client.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the HTTP client did not stop", e);
        }
    }

    /**
     * Connects with TCP keep-alive. The idle timeout does not end streams, so nothing else notices
     * that a gateway has dropped the connection of one, which takes 90 s at most.
     */
    private static final class KeepAliveConnector extends ClientConnector {

        @Override
        protected void configure(SelectableChannel selectable) throws IOException {
            super.configure(selectable);
            if (selectable instanceof SocketChannel channel) {
                set(channel, StandardSocketOptions.SO_KEEPALIVE, true);
                set(channel, ExtendedSocketOptions.TCP_KEEPIDLE, 60);
                set(channel, ExtendedSocketOptions.TCP_KEEPINTERVAL, 10);
                set(channel, ExtendedSocketOptions.TCP_KEEPCOUNT, 3);
            }
        }

        private static <T> void set(SocketChannel channel, SocketOption<T> option, T value)
                throws IOException {
            if (channel.supportedOptions().contains(option)) {
                channel.setOption(option, value);
            }
        }
    }

    /**
     * Resolves a host name to all its addresses, which the client tries in turn.
     *
     * <p>{@code localhost} resolves to both loopback addresses (RFC 6761, 6.3), independent of the
     * hosts file: Node.js servers listen on one of them.
     */
    private record AllAddresses(Predicate<InetAddress> permitted) implements SocketAddressResolver {

        @Override
        public void resolve(
                String host,
                int port,
                Map<String, Object> context,
                Promise<List<InetSocketAddress>> promise) {
            Thread.startVirtualThread(() -> {
                var addresses = new ArrayList<InetSocketAddress>();
                try {
                    for (InetAddress address : addresses(host)) {
                        if (permitted.test(address)) {
                            addresses.add(new InetSocketAddress(address, port));
                        }
                    }
                    if (addresses.isEmpty()) {
                        throw new UnknownHostException("no permitted address: " + host);
                    }
                } catch (UnknownHostException e) {
                    promise.failed(e);
                    return;
                }
                promise.succeeded(addresses);
            });
        }

        private static InetAddress[] addresses(String host) throws UnknownHostException {
            String name = host.toLowerCase(Locale.ROOT);
            return name.equals("localhost") || name.endsWith(".localhost")
                    ? new InetAddress[] {
                        InetAddress.getByName("127.0.0.1"), InetAddress.getByName("::1")
                    }
                    : InetAddress.getAllByName(host);
        }
    }
}
