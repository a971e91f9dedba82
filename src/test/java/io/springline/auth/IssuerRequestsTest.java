package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.mock.http.client.MockClientHttpRequest;
import org.springframework.mock.http.client.MockClientHttpResponse;

class IssuerRequestsTest {

    private long now = 1_000_000;
    private final AtomicInteger asked = new AtomicInteger();
    private HttpStatus status = HttpStatus.OK;
    private final IssuerRequests requests = new IssuerRequests(() -> now);

    private ClientHttpResponse ask(String url) throws IOException {
        return requests.intercept(
                new MockClientHttpRequest(HttpMethod.GET, URI.create(url)),
                new byte[0],
                (_, _) -> {
                    byte[] body =
                            ("answer " + asked.incrementAndGet()).getBytes(StandardCharsets.UTF_8);
                    return new MockClientHttpResponse(body, status);
                });
    }

    private String text(String url) throws IOException {
        try (ClientHttpResponse response = ask(url)) {
            return new String(response.getBody().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void repeatsTheLastAnswerUntilTheIntervalIsOver() throws Exception {
        assertThat(text("http://a/jwks")).isEqualTo("answer 1");
        assertThat(text("http://a/jwks")).isEqualTo("answer 2");
        for (int i = 0; i < 500; i++) {
            assertThat(text("http://a/jwks")).isEqualTo("answer 2");
        }
        now += IssuerRequests.INTERVAL.toNanos();
        assertThat(text("http://a/jwks")).isEqualTo("answer 3");
        assertThat(text("http://a/jwks")).isEqualTo("answer 3");
    }

    @Test
    void allowsTwoRequestsAfterARest() throws Exception {
        text("http://a/jwks");
        text("http://a/jwks");
        now += 100 * IssuerRequests.INTERVAL.toNanos();
        text("http://a/jwks");
        text("http://a/jwks");
        text("http://a/jwks");
        assertThat(asked).hasValue(4);
    }

    @Test
    void boundsRequestsThatFail() throws Exception {
        status = HttpStatus.BAD_GATEWAY;
        for (int i = 0; i < 2; i++) {
            assertThat(ask("http://a/jwks").getStatusCode()).isEqualTo(HttpStatus.BAD_GATEWAY);
        }
        for (int i = 0; i < 500; i++) {
            assertThatThrownBy(() -> ask("http://a/jwks")).isInstanceOf(IOException.class);
        }
        assertThat(asked).hasValue(2);
    }

    @Test
    void servesTheLastAnswerForAnHourWhileTheIssuerFails() throws Exception {
        assertThat(text("http://a/jwks")).isEqualTo("answer 1");
        status = HttpStatus.BAD_GATEWAY;
        now += IssuerRequests.TOLERANCE.toNanos();
        assertThat(text("http://a/jwks")).isEqualTo("answer 1");
        now += IssuerRequests.INTERVAL.toNanos();
        assertThat(ask("http://a/jwks").getStatusCode()).isEqualTo(HttpStatus.BAD_GATEWAY);
    }

    @Test
    void knowsABoundedNumberOfUrls() throws Exception {
        for (int i = 0; i < 16; i++) {
            text("http://a/" + i);
        }
        assertThatThrownBy(() -> ask("http://a/16")).hasMessageContaining("URLs");
    }
}
