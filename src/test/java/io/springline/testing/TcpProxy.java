package io.springline.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ServerSocketFactory;

/**
 * Stands between two programs on this machine, and can split them: both notice nothing but silence.
 */
public final class TcpProxy implements AutoCloseable {

    private final ServerSocket listening;
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean split;
    private volatile long delayMillis;

    /**
     * @param port of the server, on the loopback address
     */
    public TcpProxy(int port) throws IOException {
        this(port, ServerSocketFactory.getDefault());
    }

    private TcpProxy(int port, ServerSocketFactory factory) throws IOException {
        this.listening = factory.createServerSocket(0, 100, InetAddress.getLoopbackAddress());
        this.port = port;
        Thread.ofVirtual().start(this::accept);
    }

    /** Returns one that clients reach by TLS. */
    public static TcpProxy withTls(int port, TestCertificate certificate) throws Exception {
        return new TcpProxy(port, certificate.client(certificate).getServerSocketFactory());
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** From now on nothing passes, and who connects is not answered. */
    public void split() {
        split = true;
    }

    /** From now on new connections work; those that were split are reset. */
    public void heal() {
        split = false;
        sockets.forEach(TcpProxy::discard);
    }

    /** From now on what passes is this late, in each direction. */
    public void delay(long millis) {
        delayMillis = millis;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                sockets.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (IOException closed) {
            // the end
        }
    }

    private void serve(Socket client) {
        if (split) {
            return;
        }
        try {
            var server = new Socket(InetAddress.getLoopbackAddress(), port);
            sockets.add(server);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            Thread.ofVirtual().start(() -> pump(client, server));
            pump(server, client);
        } catch (IOException e) {
            discard(client);
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[8192];
        try {
            for (int length; (length = from.getInputStream().read(buffer)) >= 0; ) {
                if (delayMillis > 0) {
                    Thread.sleep(delayMillis);
                }
                if (!split) {
                    to.getOutputStream().write(buffer, 0, length);
                }
            }
        } catch (IOException | InterruptedException e) {
            // one of the two has gone
        }
        discard(from);
        discard(to);
        sockets.remove(from);
        sockets.remove(to);
    }

    private static void discard(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // gone already
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        sockets.forEach(TcpProxy::discard);
    }
}
