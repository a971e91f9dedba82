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
 * The Jetty WebSocket client that all clients of this JVM share. The JDK's own WebSocket client (as
 * of Java 25) may not report the end of a connection that follows a message directly.
 */
final class WebSockets {

    static final WebSockets SHARED = new WebSockets();

    private @Nullable WebSocketCoreClient client;
    private @Nullable KeyStore trusted;

    /**
     * Trusts only the certificate authorities in a PEM file.
     *
     * @throws IllegalStateException if a client has already connected
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
                throw new IllegalStateException(
                        "a client has already connected; set the certificate authorities before");
            }
            trusted = store;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("%s has no certificates in PEM".formatted(pem), e);
        }
    }

    /**
     * Returns the shared client, and starts it with the first call. Its threads are daemons and run
     * until the JVM ends.
     *
     * @throws InterruptedException if the thread is interrupted during the start; the next call
     *     then starts the client
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
        // the default thread pool would keep the JVM from ending
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

    /**
     * Returns settings without an idle timeout, since {@link KeepAlive} detects dead connections.
     */
    static Configuration.ConfigurationCustomizer settings() {
        var settings = new Configuration.ConfigurationCustomizer();
        settings.setIdleTimeout(Duration.ZERO);
        // splits large inbound frames, so that the limit on messages also limits memory
        settings.setAutoFragment(true);
        return settings;
    }
}
