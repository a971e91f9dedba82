package io.springline.transport.websocket.jetty;

import org.springframework.web.socket.WebSocketMessage;

/**
 * A text message as its UTF-8 bytes, which were validated. Avoids the conversion to a string and
 * back that a {@code TextMessage} needs.
 */
public record Utf8Message(byte[] payload) implements WebSocketMessage<byte[]> {

    @Override
    public byte[] getPayload() {
        return payload;
    }

    @Override
    public int getPayloadLength() {
        return payload.length;
    }

    @Override
    public boolean isLast() {
        return true;
    }

    @Override
    public String toString() {
        return "Utf8Message[%d bytes]".formatted(payload.length);
    }
}
