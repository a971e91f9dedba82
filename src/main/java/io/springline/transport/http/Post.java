package io.springline.transport.http;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.mcp.MetaKeys;
import io.springline.mcp.ProtocolVersion;
import io.springline.mcp.RequestHeaders;
import io.springline.transport.handshake.RequestAdmission.Admitted;
import io.springline.transport.http.HttpTransportProperties.ResponseMode;
import io.springline.transport.http.request.ModernHeaders;
import io.springline.transport.http.stream.Accepted;
import io.springline.transport.http.stream.ResponseFormat;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;
import org.eclipse.jetty.io.Connection;

/** A POST with valid headers. */
record Post(
        HttpServletRequest request,
        HttpServletResponse response,
        Admitted client,
        Accepted accepted) {

    /**
     * Returns true for a message of a modern revision: its {@code _meta} or its header names the
     * version, or no legacy revision has its method. The header of {@code initialize} is ignored.
     */
    static boolean isModern(HttpServletRequest http, Decoded decoded) {
        String version = http.getHeader(RequestHeaders.VERSION);
        boolean header = ProtocolVersion.MODERN.wireName().equals(version);
        return switch (decoded) {
            case Message(Request request) ->
                    header && !request.method().equals("initialize")
                            || ModernHeaders.meta(request).has(MetaKeys.PROTOCOL_VERSION)
                            || isModernOnly(request.method());
            case Message(Notification _) -> header;
            default -> header;
        };
    }

    private static boolean isModernOnly(String method) {
        return method.equals("server/discover") || method.equals("subscriptions/listen");
    }

    ResponseFormat format(ResponseMode mode, String method) {
        if (method.equals("subscriptions/listen")) {
            return ResponseFormat.EVENTS;
        }
        if (!accepted.events()) {
            return ResponseFormat.JSON;
        }
        if (!accepted.json()) {
            return ResponseFormat.EVENTS;
        }
        return mode.format(method);
    }

    /** Returns the TCP connection of the request. */
    static Connection connection(HttpServletRequest request) {
        return ServletContextRequest.getServletContextRequest(request)
                .getConnectionMetaData()
                .getConnection();
    }
}
