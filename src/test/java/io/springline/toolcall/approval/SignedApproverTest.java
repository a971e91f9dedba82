package io.springline.toolcall.approval;

import static io.springline.toolcall.approval.ApprovalFixture.ADA;
import static io.springline.toolcall.approval.ApprovalFixture.call;
import static io.springline.toolcall.approval.ApprovalFixture.peer;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.springline.toolcall.approval.ApprovalFixture.Runs;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Another service decides. Whatever fails there, the tool does not run. */
class SignedApproverTest {

    private static final String KEY = "an approval key of 32 characters";

    private record Posted(String signature, String body) {}

    private final List<Posted> posted = new CopyOnWriteArrayList<>();
    private final CountDownLatch never = new CountDownLatch(1);
    private HttpServer server;
    private int status = 200;
    private String answer = "{\"approved\":true,\"by\":\"carol\"}";

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext(
                "/approve",
                exchange -> {
                    byte[] body = exchange.getRequestBody().readAllBytes();
                    posted.add(
                            new Posted(
                                    exchange.getRequestHeaders().getFirst(SignedApprover.SIGNATURE),
                                    new String(body, StandardCharsets.UTF_8)));
                    if (answer.equals("never")) {
                        try {
                            never.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }
                    exchange.getResponseHeaders().set("Location", "/yes");
                    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(status, bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
        server.start();
    }

    @AfterEach
    void stop() {
        never.countDown();
        server.stop(0);
    }

    private interface Check {
        void run(JsonNode answer, Runs runs) throws Exception;
    }

    private void called(Check check, String... properties) {
        ApprovalFixture.runner()
                .withPropertyValues(
                        "springline.approval.approve-url=http://127.0.0.1:%d/approve"
                                .formatted(server.getAddress().getPort()),
                        "springline.approval.approve-key=" + KEY)
                .withPropertyValues(properties)
                .run(context -> {
                    try (var ada = peer(context, ADA)) {
                        check.run(
                                call(ada, "wipe", "{\"path\":\"/tmp\"}"),
                                context.getBean(Runs.class));
                    }
                });
    }

    @Test
    void runsWhatIsApproved() {
        called((result, runs) -> {
            assertThat(result.toString()).contains("wiped");
            assertThat(runs).containsExactly("{\"path\":\"/tmp\"}");
        });
        JsonNode body = new JsonMapper().readTree(posted.getFirst().body());
        assertThat(body.path("principal").asString()).isEqualTo("ada");
        assertThat(body.path("tool").asString()).isEqualTo("wipe");
        assertThat(body.at("/arguments/path").asString()).isEqualTo("/tmp");
    }

    @Test
    void signsTimeNonceAndBody() throws Exception {
        called((_, _) -> {});
        called((_, _) -> {});
        String[] parts = posted.getFirst().signature().split(",");
        String time = parts[0].substring(2);
        String nonce = parts[1].substring(2);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] expected =
                mac.doFinal(
                        (time + "." + nonce + "." + posted.getFirst().body())
                                .getBytes(StandardCharsets.UTF_8));
        assertThat(parts[2]).isEqualTo("v1=" + HexFormat.of().formatHex(expected));
        assertThat(Long.parseLong(time))
                .isBetween(
                        Instant.now().getEpochSecond() - 600, Instant.now().getEpochSecond() + 1);
        assertThat(posted.get(1).signature()).doesNotContain(nonce);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200|{\"approved\":false,\"by\":\"carol\"}|was not approved",
                "200|{\"approved\":\"true\"}|no member",
                "200|{}|no member",
                "200|yes|is not JSON",
                "500|{\"approved\":true}|status 500",
                "302|{\"approved\":true}|status 302",
                "204||status 204",
                "200|never|did not answer within 300 ms"
            })
    void doesNotRunWhatIsNotApproved(int code, String text, String reason) {
        status = code;
        answer = text == null ? "" : text;
        called(
                (result, runs) -> {
                    assertThat(result.at("/result/isError").asBoolean()).isTrue();
                    assertThat(result.toString()).contains(reason);
                    assertThat(runs).isEmpty();
                },
                "springline.approval.approve-timeout="
                        + (answer.equals("never") ? "300ms" : "60s"));
    }

    @Test
    void doesNotRunIfTheApproverIsAway() {
        server.stop(0);
        called((result, runs) -> {
            assertThat(result.toString()).contains("could not be asked");
            assertThat(runs).isEmpty();
        });
    }
}
