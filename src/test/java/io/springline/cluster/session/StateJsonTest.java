package io.springline.cluster.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.mcp.LogLevel;
import io.springline.mcp.ProtocolVersion;
import java.nio.charset.StandardCharsets;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.Test;

/** Sessions that nodes of another version have written to the same Redis. */
class StateJsonTest {

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void readsAStateOfANewerVersion() {
        var state =
                StateJson.read(
                        bytes(
                                """
                                {"legacy":{"operational":true,"version":"2099-01-01","capabilities":{},"mood":"new"},
                                 "logLevel":"whisper","uris":["file:///a"],"extra":{"nested":[1]},
                                 "listens":[{"id":7,"tools":true,"agents":true,"uris":[]}]}\
                                """));
        var client = state.legacy().client();
        assertThat(client).isNotNull();
        assertThat(client.version()).isEqualTo(ProtocolVersion.LATEST_LEGACY);
        assertThat(state.logLevel()).isEqualTo(LogLevel.INFO);
        assertThat(state.uris()).containsExactly("file:///a");
        assertThat(state.listens())
                .hasValueSatisfying(
                        new Condition<>(
                                listen -> listen.tools() && listen.taskIds().isEmpty(), "tools"));
    }

    @Test
    void readsAStateOfAnOlderVersion() {
        var state = StateJson.read(bytes("{}"));
        assertThat(state.legacy().client()).isNull();
        assertThat(state.peer()).isNull();
        assertThat(state.uris()).isEmpty();
        assertThat(state.listens()).isEmpty();
    }
}
