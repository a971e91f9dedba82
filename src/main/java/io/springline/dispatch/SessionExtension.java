package io.springline.dispatch;

import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.session.McpSession;
import java.util.function.Consumer;

/**
 * The messages of an extension that decide which session a connection carries. They belong to no
 * revision of the protocol. Safe for use by many threads.
 */
public interface SessionExtension {

    /** Returns true if the request decides which session its connection carries. */
    boolean opens(Request request);

    /**
     * Answers an {@linkplain #opens opening} request.
     *
     * @param restore restores a session that another node owned
     * @return the session of the connection from now on
     */
    McpSession serve(McpSession session, Request request, Consumer<McpSession> restore);

    /** Answers an opening request with an error. */
    void refuse(McpSession session, ErrorResponse error);

    /**
     * Drops the messages that the client has acknowledged.
     *
     * @return false if the notification is malformed
     */
    boolean acknowledge(McpSession session, Notification notification);
}
