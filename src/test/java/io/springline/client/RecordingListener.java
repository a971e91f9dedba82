package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.JsonRpcMessage;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what a client hears. */
final class RecordingListener implements ClientListener {

    private static final long PATIENCE_SECONDS = 60;

    private final BlockingQueue<JsonRpcMessage> messages = new LinkedBlockingQueue<>();
    private final BlockingQueue<ClientState> states = new LinkedBlockingQueue<>();

    @Override
    public void received(JsonRpcMessage message) {
        messages.add(message);
    }

    @Override
    public void stateChanged(ClientState state) {
        states.add(state);
    }

    JsonRpcMessage message() throws InterruptedException {
        JsonRpcMessage message = messages.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(message).as("a message").isNotNull();
        return message;
    }

    boolean isQuiet() {
        return messages.isEmpty();
    }

    ClientState state() throws InterruptedException {
        ClientState state = states.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(state).as("a change of state").isNotNull();
        return state;
    }

    /** Passes over other changes. */
    <S extends ClientState> S await(Class<S> kind) throws InterruptedException {
        while (true) {
            ClientState state = state();
            if (kind.isInstance(state)) {
                return kind.cast(state);
            }
        }
    }
}
