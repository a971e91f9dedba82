package io.springline.transport.websocket.jetty;

import org.springframework.web.socket.WebSocketMessage;

/**
 * A text message as it came: bytes that are known to be UTF-8. A {@code TextMessage} would be made
 * of them only to be taken apart again.
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
