package io.springline.toolcall.approval;

import io.springline.feature.ToolCall;
import io.springline.jsonrpc.DurationText;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks a service by a signed POST. The service answers 200 with {@code {"approved":true,
 * "by":"name"}}; all other answers refuse the call. The header {@code Springline-Signature} is
 * {@code t=<seconds>,n=<nonce>,v1=<signature>}, where the signature is the HMAC-SHA256 of {@code
 * <seconds>.<nonce>.<body>} in hexadecimal digits. Redirects are not followed.
 */
final class SignedApprover implements Approver, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SignedApprover.class);

    static final String SIGNATURE = "Springline-Signature";
    private static final int MAX_ANSWER = 64 * 1024;
    private static final String ALGORITHM = "HmacSHA256";
    private static final JsonMapper JSON = new JsonMapper();

    private final URI url;
    private final SecretKeySpec key;
    private final Duration timeout;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final HttpClient client;

    SignedApprover(URI url, String key, Duration timeout, Clock clock) {
        this.url = url;
        this.key = new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), ALGORITHM);
        this.timeout = timeout;
        this.clock = clock;
        this.client =
                HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(timeout)
                        .build();
    }

    @Override
    public Decision decide(ToolCall call, ObjectNode arguments, String digest)
            throws InterruptedException {
        HttpResponse<byte[]> response = post(body(call, arguments, digest));
        if (response.statusCode() != 200) {
            throw new ApproverException(
                    "the approver answered with status " + response.statusCode());
        }
        JsonNode answer;
        try {
            answer = JSON.readTree(response.body());
        } catch (JacksonException e) {
            throw new ApproverException("the answer of the approver is not JSON");
        }
        if (!answer.path("approved").isBoolean()) {
            throw new ApproverException(
                    "the answer of the approver has no member \"approved\" that is true or false");
        }
        return new Decision(
                answer.path("approved").booleanValue(),
                answer.path("by").asString(String.valueOf(url.getHost())));
    }

    private static byte[] body(ToolCall call, ObjectNode arguments, String digest) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("principal", call.context().caller().name());
        call.context().caller().roles().stream().sorted().forEach(body.putArray("roles")::add);
        body.put("session", call.context().sessionId());
        body.put("tool", call.name());
        body.put("upstream", call.upstream());
        body.set("arguments", arguments);
        body.put("digest", digest);
        return JSON.writeValueAsBytes(body);
    }

    private HttpResponse<byte[]> post(byte[] body) throws InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(url)
                        .timeout(timeout)
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json")
                        .header(SIGNATURE, signature(body))
                        .POST(BodyPublishers.ofByteArray(body))
                        .build();
        CompletableFuture<HttpResponse<byte[]>> response =
                client.sendAsync(
                        request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_ANSWER));
        try {
            return response.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw late();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof HttpTimeoutException) {
                throw late();
            }
            log.atWarn().setCause(e.getCause()).log("springline.approval.approve-url failed");
            throw new ApproverException("the approver could not be asked; the log has the cause");
        } finally {
            response.cancel(true);
        }
    }

    private ApproverException late() {
        return new ApproverException(
                "the approver did not answer within " + DurationText.of(timeout));
    }

    private String signature(byte[] body) {
        long time = clock.instant().getEpochSecond();
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        String nonce = HexFormat.of().formatHex(bytes);
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update("%d.%s.".formatted(time, nonce).getBytes(StandardCharsets.UTF_8));
            String signature = HexFormat.of().formatHex(mac.doFinal(body));
            return "t=%d,n=%s,v1=%s".formatted(time, nonce, signature);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Does not wait for requests that still run. */
    @Override
    public void close() {
        client.shutdownNow();
    }
}
