package io.springline.transport.websocket;

/**
 * Is shown the messages of one connection while an operator looks at it. Called on the threads that
 * carry them: must be quick and must not throw. Payloads are shared and must not be changed.
 */
public interface TrafficTap {

    /** A message of the client, before anything is done about it. */
    void received(byte[] payload);

    /** A message to the client, when it is written. */
    void sent(byte[] payload);
}
