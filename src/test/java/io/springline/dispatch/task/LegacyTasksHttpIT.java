package io.springline.dispatch.task;

import static io.springline.testing.HttpPeer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.testing.HttpPeer;
import io.springline.testing.HttpPeer.Events;
import java.net.http.HttpResponse;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.JsonNode;

/** The experimental tasks of 2025-11-25 over HTTP. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, classes = SpringlineApplication.class)
@Import(TaskFixture.class)
@Timeout(120)
class LegacyTasksHttpIT {

    @LocalServerPort int port;
    @Autowired TaskWaits waits;

    private HttpPeer peer() throws Exception {
        return new HttpPeer(port, "/mcp").initialize("2025-11-25", "{\"elicitation\":{}}");
    }

    private static String create(HttpPeer peer) throws Exception {
        var created =
                peer.post(
                        """
                        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":
                         {"name":"confirming","task":{}}}\
                        """);
        return json(created.body()).at("/result/task/taskId").stringValue();
    }

    private static String result(String task) {
        return """
        {"jsonrpc":"2.0","id":2,"method":"tasks/result","params":{"taskId":"%s"}}\
        """
                .formatted(task);
    }

    private static void accept(HttpPeer peer, JsonNode question) throws Exception {
        assertThat(question.path("method").asString())
                .as("%s", question)
                .isEqualTo("elicitation/create");
        HttpResponse<String> accepted =
                peer.post(
                        """
                        {"jsonrpc":"2.0","id":%s,"result":
                         {"action":"accept","content":{"name":"Ada"}}}\
                        """
                                .formatted(question.path("id")));
        assertThat(accepted.statusCode()).isEqualTo(202);
    }

    private static String text(JsonNode answer) {
        return answer.at("/result/content/0/text").asString(answer.toString());
    }

    @Test
    void asksTheClientThatWaitsForTheResult() throws Exception {
        try (HttpPeer peer = peer();
                Events events = peer.open(result(create(peer)))) {
            accept(peer, Objects.requireNonNull(events.nextMessage()).json());
            assertThat(text(events.rest().getLast().json())).isEqualTo("accept");
        }
    }

    @Test
    void leavesAQuestionOpenForAClientThatAcceptsEventStreams() throws Exception {
        try (HttpPeer onlyJson = peer().with("Accept", "application/json");
                HttpPeer peer = peer()) {
            String task = create(peer);
            var waiting =
                    CompletableFuture.supplyAsync(() -> {
                        try {
                            return onlyJson.post(result(task));
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    });
            await().until(() -> waits.count() == 1);
            try (Events events = peer.open(result(task))) {
                accept(peer, Objects.requireNonNull(events.nextMessage()).json());
                assertThat(text(events.rest().getLast().json())).isEqualTo("accept");
            }
            assertThat(text(json(waiting.get(60, TimeUnit.SECONDS).body()))).isEqualTo("accept");
        }
    }
}
