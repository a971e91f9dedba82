package io.springline.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.mcp.ClientCapabilities;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.LegacyState.LegacyClient;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

class SharedClientParametersTest {

    private final SharedClientParameters parameters = new SharedClientParameters();

    private static LegacyClient client(String name) {
        var info = JsonNodeFactory.instance.objectNode().put("name", name);
        return new LegacyClient(
                ProtocolVersion.V2025_11_25,
                new ClientCapabilities(JsonNodeFactory.instance.objectNode()),
                info);
    }

    @Test
    void sharesEqualParameters() {
        LegacyClient first = client("a");
        assertThat(parameters.share(first, 10)).isSameAs(first);
        assertThat(parameters.share(client("b"), 10)).isEqualTo(client("b"));
        assertThat(parameters.share(client("a"), 10)).isSameAs(first);
    }

    @Test
    void keepsNoLongParameters() {
        LegacyClient first = client("a");
        parameters.share(first, SharedClientParameters.MAX_LENGTH + 1);
        assertThat(parameters.share(client("a"), 10)).isNotSameAs(first);
    }

    @Test
    void keepsABoundedNumber() {
        LegacyClient first = client("0");
        parameters.share(first, 10);
        for (int i = 1; i <= SharedClientParameters.MAX; i++) {
            parameters.share(client(Integer.toString(i)), 10);
        }
        assertThat(parameters.share(client("0"), 10)).as("forgotten").isNotSameAs(first);
    }
}
