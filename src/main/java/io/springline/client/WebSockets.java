package io.springline.client;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.WebSocketComponents;
import org.eclipse.jetty.websocket.core.client.WebSocketCoreClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Jetty WebSocket clients that all clients of this JVM share: one for {@code ws}, one for
 * {@code wss}. The JDK's own WebSocket client (as of Java 25) may not report the end of a
 * connection that follows a message directly.
 */
final class WebSockets {

    static final WebSockets SHARED = new WebSockets();

    private static final Logger log = LoggerFactory.getLogger(WebSockets.class);

    /** A thread that resolves a name cannot be interrupted. */
    private static final long STOP_TIMEOUT_MILLIS = 200;

    private @Nullable WebSocketCoreClient plain;
    private @Nullable WebSocketCoreClient secure;
    private @Nullable KeyStore trusted;

    /** Reads no certificate authorities when it starts, so that a command starts faster. */
    static final class NoTls extends SslContextFactory.Client {

        @Override
        protected void doStart() {}

        @Override
        protected void doStop() {}
    }

    /**
     * Trusts only the certificate authorities in a PEM file.
     *
     * @throws IllegalStateException if a client has already connected to a {@code wss} URL
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
            if (secure != null) {
                throw new IllegalStateException(
                        "a client has already connected; set the certificate authorities before");
            }
            trusted = store;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("%s has no certificates in PEM".formatted(pem), e);
        }
    }

    /**
     * Returns the shared client for this URL, and starts it with the first call. Its threads are
     * daemons and run until {@link #stop} or the end of the JVM.
     *
     * @throws InterruptedException if the thread is interrupted during the start; the next call
     *     then starts the client
     */
    synchronized WebSocketCoreClient client(URI uri) throws InterruptedException {
        if (uri.getScheme().equals("ws")) {
            if (plain == null) {
                plain = started(new NoTls());
            }
            return plain;
        }
        if (secure == null) {
            var tls = new SslContextFactory.Client();
            tls.setTrustStore(trusted);
            secure = started(tls);
        }
        return secure;
    }

    /** Stops the threads. The next connection starts them again. */
    synchronized void stop() {
        stop(plain);
        stop(secure);
        plain = null;
        secure = null;
    }

    private static void stop(@Nullable WebSocketCoreClient client) {
        if (client == null) {
            return;
        }
        try {
            client.stop();
        } catch (Exception e) {
            log.debug("The WebSocket client does not stop", e);
        }
    }

    private static WebSocketCoreClient started(SslContextFactory.Client tls)
            throws InterruptedException {
        var threads = new QueuedThreadPool();
        threads.setName("mcp-websocket");
        threads.setDaemon(true);
        threads.setStopTimeout(STOP_TIMEOUT_MILLIS);
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

    /** Returns why a connection could not be opened, or ended, in words for the user. */
    static String reason(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        if (root instanceof EOFException || root instanceof ClosedChannelException) {
            return "the server has closed the TCP connection";
        }
        String message = root.getMessage();
        if (root instanceof SSLException
                && message != null
                && (message.contains("plaintext connection")
                        || message.contains("Unsupported or unrecognized SSL message"))) {
            return "the server does not speak TLS at this port; if that is meant, the URL begins with ws:// in place of wss://";
        }
        return message == null || message.isBlank() ? root.getClass().getSimpleName() : message;
    }
}
