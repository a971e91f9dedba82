package io.springline.websocket;

import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.websocket.core.WebSocketConnection;
import org.jspecify.annotations.Nullable;

/**
 * Reads WebSockets on the thread that saw that there is something to read, in place of one that is
 * woken for it: a call costs one change of threads less. {@link JettySocket} keeps its side of it:
 * nothing that takes long or may wait is done on that thread. HTTP requests have threads of their
 * own as ever.
 */
final class PromptConnector extends ServerConnector {

    /** In place of a connector that has not been started, with all that Spring Boot sets on it. */
    PromptConnector(Server server, ServerConnector replaced) {
        super(
                server,
                null,
                null,
                null,
                replaced.getAcceptors(),
                replaced.getSelectorManager().getSelectorCount(),
                replaced.getConnectionFactories().toArray(ConnectionFactory[]::new));
        setHost(replaced.getHost());
        setPort(replaced.getPort());
        setIdleTimeout(replaced.getIdleTimeout());
        setAcceptQueueSize(replaced.getAcceptQueueSize());
    }

    @Override
    protected SocketChannelEndPoint newEndPoint(
            SocketChannel channel, ManagedSelector selector, SelectionKey key) {
        var endPoint = new EndPoint(channel, selector, key, getScheduler());
        endPoint.setIdleTimeout(getIdleTimeout());
        return endPoint;
    }

    private static final class EndPoint extends SocketChannelEndPoint {

        private @Nullable Prompt prompt;

        EndPoint(
                SocketChannel channel,
                ManagedSelector selector,
                SelectionKey key,
                Scheduler scheduler) {
            super(channel, selector, key, scheduler);
        }

        @Override
        public void fillInterested(Callback read) {
            if (!(getConnection() instanceof WebSocketConnection)) {
                super.fillInterested(read);
                return;
            }
            if (prompt == null || prompt.read != read) {
                prompt = new Prompt(read);
            }
            super.fillInterested(prompt);
        }
    }

    private record Prompt(Callback read) implements Callback {

        @Override
        public void succeeded() {
            read.succeeded();
        }

        @Override
        public void failed(Throwable cause) {
            read.failed(cause);
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }
}
