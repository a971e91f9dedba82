package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.SocketPeer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Calls for an upstream that has never been up, so that its tools are not known. */
class UnreachableUpstreamIT {

    private static final String COMMAND = "springline-has-no-such-command";

    private static RelayedService serve(String... more) throws Exception {
        var good =
                new ScriptedHttpServer()
                        .result(
                                "tools/list",
                                "{'tools':[{'name':'fine','inputSchema':{'type':'object'}}]}");
        String[] arguments = new String[more.length + 1];
        arguments[0] = "--springline.relay.upstreams.files.command=" + COMMAND;
        System.arraycopy(more, 0, arguments, 1, more.length);
        var service = new RelayedService(Map.of("good", good), arguments);
        service.awaitState("files", "down");
        service.awaitState("good", "up");
        return service;
    }

    private static String error(SocketPeer peer, String method) throws Exception {
        JsonNode answer =
                peer.ask(
                        """
                        {"jsonrpc":"2.0","id":9,"method":"%s","params":{"name":"read_file","arguments":{}}}
                        """
                                .formatted(method));
        return answer.at("/error/message").asString("");
    }

    @Test
    void namesTheUpstreamThatCannotBeReachedAndWhy() throws Exception {
        try (var service = serve("--springline.endpoints.office.upstreams[0]=files");
                var alone = service.legacy("/files");
                var main = service.legacy("");
                var curated = service.legacy("/office");
                var good = service.legacy("/good")) {
            for (SocketPeer peer : new SocketPeer[] {alone, main, curated}) {
                for (String method : new String[] {"tools/call", "prompts/get"}) {
                    assertThat(error(peer, method))
                            .contains("Unknown name: read_file", "Upstream 'files' is ", COMMAND);
                }
            }
            assertThat(error(good, "tools/call")).isEqualTo("Unknown tool: read_file");
        }
    }
}
