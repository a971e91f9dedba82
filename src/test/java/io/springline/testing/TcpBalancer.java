package io.springline.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Stands before services on this machine and gives each new connection to the next of those that
 * are ready, as a load balancer in front of replicas does. One falls out when its readiness is
 * down, which is asked every {@value #PERIOD_MILLIS} ms. Cuts nothing by itself: connections that
 * it has made live until one end closes. With nobody ready a client is dropped.
 */
public final class TcpBalancer implements AutoCloseable {

    private static final int PERIOD_MILLIS = 100;
    private static final int CONNECT_MILLIS = 2_000;
    private static final long HOLD_NANOS = 60_000_000_000L;

    private final ServerSocket listening;
    private final List<Integer> backends;
    private final Set<Integer> ready = ConcurrentHashMap.newKeySet();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger turn = new AtomicInteger();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofMillis(CONNECT_MILLIS)).build();
    private final Thread watch;
    private volatile boolean holding;
    private volatile int only;

    /**
     * @param ports of the services, on the loopback address
     */
    public TcpBalancer(int... ports) throws IOException {
        listening = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
        backends = IntStream.of(ports).boxed().toList();
        watch = Thread.ofVirtual().start(this::watch);
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return listening.getLocalPort();
    }

    public String uri() {
        return "ws://127.0.0.1:" + port() + "/mcp";
    }

    /** The ports of those that get connections at present. */
    public Set<Integer> ready() {
        return Set.copyOf(ready);
    }

    private void watch() {
        try {
            while (true) {
                for (int port : backends) {
                    if (isReady(port)) {
                        ready.add(port);
                    } else {
                        ready.remove(port);
                    }
                }
                Thread.sleep(PERIOD_MILLIS);
            }
        } catch (InterruptedException closed) {
            // the end
        }
    }

    private boolean isReady(int port) throws InterruptedException {
        var uri = URI.create("http://127.0.0.1:" + port + "/actuator/health/readiness");
        var request =
                HttpRequest.newBuilder(uri).timeout(Duration.ofMillis(CONNECT_MILLIS)).build();
        try {
            return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (IOException closed) {
            // the end
        }
    }

    private void serve(Socket client) {
        sockets.add(client);
        Socket server = connect();
        if (server == null) {
            discard(client);
            return;
        }
        Thread.ofVirtual().start(() -> pump(client, server));
        pump(server, client);
    }

    /**
     * From now on a client waits up to a minute for a service that is ready, instead of being
     * dropped: over HTTP it could not know whether its request has run.
     */
    public void holdClients() {
        holding = true;
    }

    /** From now on new connections are to this service alone. */
    public void restrictTo(int port) {
        only = port;
    }

    /** To the next that takes it; null when nobody does. */
    private Socket connect() {
        Socket server = connectNow();
        long until = System.nanoTime() + HOLD_NANOS;
        while (server == null && holding && System.nanoTime() - until < 0) {
            try {
                Thread.sleep(PERIOD_MILLIS);
            } catch (InterruptedException e) {
                return null;
            }
            server = connectNow();
        }
        return server;
    }

    private Socket connectNow() {
        List<Integer> ports =
                ready.stream().filter(each -> only == 0 || each == only).sorted().toList();
        int first = turn.getAndIncrement();
        for (int i = 0; i < ports.size(); i++) {
            int port = ports.get(Math.floorMod(first + i, ports.size()));
            var server = new Socket();
            try {
                server.connect(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        CONNECT_MILLIS);
                sockets.add(server);
                return server;
            } catch (IOException e) {
                discard(server);
                ready.remove(port);
            }
        }
        return null;
    }

    /** Cuts all connections. */
    public void cut() {
        sockets.forEach(this::discard);
    }

    /** The end of one direction is passed on; the end of both closes both sockets. */
    private void pump(Socket from, Socket to) {
        try {
            from.setTcpNoDelay(true);
            InputStream in = from.getInputStream();
            in.transferTo(to.getOutputStream());
            to.shutdownOutput();
            if (from.isOutputShutdown()) {
                discard(from);
                discard(to);
            }
        } catch (IOException e) {
            discard(from);
            discard(to);
        }
    }

    private void discard(Socket socket) {
        sockets.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            // gone already
        }
    }

    @Override
    public void close() throws IOException {
        watch.interrupt();
        listening.close();
        sockets.forEach(this::discard);
        http.shutdownNow();
    }
}
