package io.springline.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between clients and a server on this machine and cuts their connections, each after a
 * number of bytes of its own that may lie anywhere, inside a frame or inside the handshake. A cut
 * is a FIN, a reset, or nothing at all: then both ends go on believing in a connection that carries
 * nothing any more.
 */
public final class CuttingProxy implements AutoCloseable {

    private enum Cut {
        FIN,
        RESET,
        SILENCE
    }

    private final ServerSocket listening;
    private final int port;
    private final int meanBytes;
    private final Random random;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger cuts = new AtomicInteger();
    private final AtomicInteger silences = new AtomicInteger();
    private volatile boolean calm;

    /**
     * @param port of the server, on the loopback address
     * @param meanBytes that pass between two cuts, both directions together
     * @param seed decides how and where it cuts
     */
    public CuttingProxy(int port, int meanBytes, long seed) throws IOException {
        this.listening = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        this.port = port;
        this.meanBytes = meanBytes;
        this.random = new Random(seed);
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** Connections that were cut so far. */
    public int cuts() {
        return cuts.get();
    }

    /** Those of them that were cut without a sign. */
    public int silences() {
        return silences.get();
    }

    /** From now on connections live. */
    public void calm() {
        calm = true;
    }

    /** Cuts all connections that there are now. */
    public void cutNow() {
        sockets.forEach(this::discard);
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
        Socket server = new Socket();
        sockets.add(server);
        try {
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            var link = new Link(client, server);
            Thread.ofVirtual().start(() -> link.pump(client, server));
            link.pump(server, client);
        } catch (IOException e) {
            discard(client);
            discard(server);
        }
    }

    private synchronized int nextBudget() {
        return random.nextInt(2 * meanBytes);
    }

    private synchronized Cut nextCut() {
        int die = random.nextInt(10);
        return die == 0 ? Cut.SILENCE : die < 5 ? Cut.RESET : Cut.FIN;
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
        listening.close();
        sockets.forEach(this::discard);
    }

    /** Two sockets and what may still pass between them. */
    private final class Link {

        private final Socket client;
        private final Socket server;
        private final AtomicLong budget = new AtomicLong(nextBudget());
        private boolean cut;
        private volatile boolean silent;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void pump(Socket from, Socket to) {
            byte[] buffer = new byte[8192];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int length; (length = in.read(buffer)) >= 0; ) {
                    if (silent) {
                        continue;
                    }
                    long left = calm ? Long.MAX_VALUE : budget.getAndAdd(-length);
                    out.write(buffer, 0, Math.clamp(left, 0, length));
                    if (left < length) {
                        cut();
                        if (!silent) {
                            return;
                        }
                    }
                }
            } catch (IOException e) {
                // one of the two has gone
            }
            if (!silent) {
                discard(client);
                discard(server);
            }
        }

        private synchronized void cut() throws IOException {
            if (cut) {
                return;
            }
            cut = true;
            cuts.incrementAndGet();
            switch (nextCut()) {
                case FIN -> {}
                case RESET -> {
                    client.setSoLinger(true, 0);
                    server.setSoLinger(true, 0);
                }
                case SILENCE -> {
                    silences.incrementAndGet();
                    silent = true;
                    return;
                }
            }
            discard(client);
            discard(server);
        }
    }
}
