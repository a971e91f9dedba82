package io.springline.transport.websocket;

/**
 * Receives the messages of one connection while an operator watches it. Called on the threads that
 * read and write; must return quickly and must not throw. Payloads are shared and must not be
 * modified.
 */
public interface TrafficTap {

    /** Called with a message of the client, before it is decoded. */
    void received(byte[] payload);

    /** Called with a message to the client, when it is written. */
    void sent(byte[] payload);
}
