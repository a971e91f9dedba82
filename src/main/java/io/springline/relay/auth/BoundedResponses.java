package io.springline.relay.auth;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;

/**
 * Reads each response completely, up to a maximum size and within a timeout: the HTTP client itself
 * limits only the time until a response begins.
 */
record BoundedResponses(Duration timeout) implements ClientHttpRequestInterceptor {

    private static final int MAX_BYTES = 1_000_000;

    @Override
    public ClientHttpResponse intercept(
            HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
            throws IOException {
        try (ClientHttpResponse response = execution.execute(request, body)) {
            InputStream stream = response.getBody();
            CompletableFuture<?> inTime = closeAfterTimeout(stream);
            byte[] read = stream.readNBytes(MAX_BYTES + 1);
            inTime.complete(null);
            if (read.length > MAX_BYTES) {
                throw new IOException("a response of more than %d bytes".formatted(MAX_BYTES));
            }
            return new ReadResponse(
                    response.getStatusCode(),
                    response.getStatusText(),
                    response.getHeaders(),
                    read);
        }
    }

    private CompletableFuture<?> closeAfterTimeout(InputStream stream) {
        var inTime = new CompletableFuture<@Nullable Void>();
        inTime.orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((_, late) -> {
                    if (late != null) {
                        close(stream);
                    }
                });
        return inTime;
    }

    private static void close(InputStream stream) {
        try {
            stream.close();
        } catch (IOException e) {
            // its reader fails in any case
        }
    }

    private record ReadResponse(
            HttpStatusCode status, String text, HttpHeaders headers, byte[] body)
            implements ClientHttpResponse {

        @Override
        public HttpStatusCode getStatusCode() {
            return status;
        }

        @Override
        public String getStatusText() {
            return text;
        }

        @Override
        public HttpHeaders getHeaders() {
            return headers;
        }

        @Override
        public InputStream getBody() {
            return new ByteArrayInputStream(body);
        }

        @Override
        public void close() {}
    }
}
