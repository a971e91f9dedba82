package io.springline.transport.websocket.jetty;

import org.jspecify.annotations.Nullable;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketSession;

/** A handler that can serve messages on the selector's thread, on which nothing may block. */
public interface NonBlockingHandler extends WebSocketHandler {

    /** Work that may block. */
    @FunctionalInterface
    interface BlockingWork {

        void run() throws Exception;
    }

    /**
     * Serves a short text message as far as that does not block.
     *
     * @return the rest, to be run on another thread before the next message is read; null if
     *     nothing is left
     */
    @Nullable BlockingWork handleWithoutBlocking(WebSocketSession socket, Utf8Message message);
}
