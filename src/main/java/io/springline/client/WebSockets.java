package io.springline.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.WebSocketComponents;
import org.eclipse.jetty.websocket.core.client.WebSocketCoreClient;
import org.jspecify.annotations.Nullable;

/**
 * The one WebSocket implementation that all clients of this JVM share: Jetty's. The JDK's own, as
 * of 25, may miss the end of a connection that comes right behind a message, which is when it
 * matters.
 */
final class WebSockets {

    static final WebSockets SHARED = new WebSockets();

    private @Nullable WebSocketCoreClient client;
    private @Nullable KeyStore trusted;

    /**
     * @throws IllegalStateException if the client has started
     */
    synchronized void trustOnly(Path pem) throws IOException {
        try (var file = Files.newInputStream(pem)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (Certificate each :
                    CertificateFactory.getInstance("X.509").generateCertificates(file)) {
                store.setCertificateEntry("authority-" + store.size(), each);
            }
            if (store.size() == 0) {
                throw new IllegalArgumentException("%s has no certificate".formatted(pem));
            }
            if (client != null) {
                throw new IllegalStateException("a client has connected already");
            }
            trusted = store;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("%s has no certificates in PEM".formatted(pem), e);
        }
    }

    /**
     * Started by who asks first. Its threads are daemons, and are there once for all.
     *
     * @throws InterruptedException when interrupted in the middle of that; the next one who asks
     *     starts it
     */
    synchronized WebSocketCoreClient client() throws InterruptedException {
        if (client == null) {
            client = started(trusted);
        }
        return client;
    }

    private static WebSocketCoreClient started(@Nullable KeyStore trusted)
            throws InterruptedException {
        var threads = new QueuedThreadPool();
        threads.setName("mcp-websocket");
        threads.setDaemon(true);
        var tls = new SslContextFactory.Client();
        tls.setTrustStore(trusted);
        var http = new HttpClient();
        http.setSslContextFactory(tls);
        http.setExecutor(threads);
        http.setScheduler(new ScheduledExecutorScheduler("mcp-websocket-scheduler", true));
        http.setHttpCookieStore(new HttpCookieStore.Empty());
        // a redirect must not carry the token elsewhere
        http.setFollowRedirects(false);
        // whose own pool would keep the JVM from ending
        var components = new WebSocketComponents(null, null, null, null, null, threads);
        var client = new WebSocketCoreClient(http, components);
        try {
            client.start();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("cannot start the WebSocket client", e);
        }
        return client;
    }

    /** A connection may be idle for as long as the heartbeat finds it alive. */
    static Configuration.ConfigurationCustomizer settings() {
        var settings = new Configuration.ConfigurationCustomizer();
        settings.setIdleTimeout(Duration.ZERO);
        // frames of any size come in as parts, so that memory is bounded by the message limit
        settings.setAutoFragment(true);
        return settings;
    }
}
