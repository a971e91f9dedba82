package io.springline.client.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.JsonNodeFactory;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StdioChildTest {

    @Test
    void killsAChildThatDoesNotRead() throws Exception {
        var exit = new CompletableFuture<Integer>();
        var program = new AttachTarget.Program(List.of("sleep", "600"), Map.of(), null);
        var child = new StdioChild(program, 1 << 20, message -> {}, exit::complete);
        var params = JsonNodeFactory.instance.objectNode().put("text", "x".repeat(1 << 20));
        var blocked = new CompletableFuture<IOException>();
        Thread writer =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                child.send(new Notification("notifications/x", params));
                            } catch (IOException e) {
                                blocked.complete(e);
                            }
                        });
        await().until(() ->
                Stream.of(writer.getStackTrace())
                        .anyMatch(frame -> frame.getMethodName().equals("writeBytes")));
        child.close();
        assertThat(exit.get(60, TimeUnit.SECONDS)).isNotZero();
        assertThat(blocked.get(60, TimeUnit.SECONDS)).isNotNull();
        writer.join();
    }
}
