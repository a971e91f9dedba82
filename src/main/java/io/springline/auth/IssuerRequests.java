package io.springline.auth;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;

/**
 * Bounds the requests to the issuer of JWTs, whoever causes them: a token that names a key which is
 * not known makes the decoder fetch the issuer's keys, and anybody can make up such tokens. Each
 * URL is fetched at most twice at once, and then once per {@link #INTERVAL}; in between, and for
 * {@link #TOLERANCE} while the issuer does not answer, its last answer is served again.
 */
final class IssuerRequests implements ClientHttpRequestInterceptor {

    static final Duration INTERVAL = Duration.ofSeconds(10);
    static final Duration TOLERANCE = Duration.ofHours(1);

    private static final Logger log = LoggerFactory.getLogger(IssuerRequests.class);

    /** The configuration of the issuer at its three possible places, and its keys. */
    private static final int MAX_URLS = 16;

    private static final int MAX_ANSWER = 1_000_000;

    private record Answer(HttpStatusCode status, byte[] body, HttpHeaders headers, long atNanos) {}

    private final Map<URI, Url> urls = new ConcurrentHashMap<>();
    private final LongSupplier nanoTime;

    IssuerRequests(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public ClientHttpResponse intercept(
            HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
            throws IOException {
        URI uri = request.getURI();
        if (urls.size() >= MAX_URLS && !urls.containsKey(uri)) {
            throw new IOException("too many different URLs of the issuer");
        }
        Url url = urls.computeIfAbsent(uri, _ -> new Url());
        Answer last = url.last;
        if (!url.tryTake(nanoTime.getAsLong())) {
            if (last == null) {
                throw new IOException(
                        "not asked again within %d s".formatted(INTERVAL.toSeconds()));
            }
            return new Repeated(last);
        }
        boolean tolerant =
                last != null && nanoTime.getAsLong() - last.atNanos <= TOLERANCE.toNanos();
        String cause;
        try (ClientHttpResponse response = execution.execute(request, body)) {
            Answer answer = read(response);
            if (answer.status.is2xxSuccessful()) {
                url.last = answer;
            }
            if (answer.status.is2xxSuccessful() || !tolerant) {
                return new Repeated(answer);
            }
            cause = "status " + answer.status.value();
        } catch (IOException e) {
            if (!tolerant) {
                throw e;
            }
            cause = e.toString();
        }
        log.atWarn()
                .addKeyValue("url", uri)
                .addKeyValue("cause", cause)
                .log("the issuer of JWTs does not answer; its last answer is still used");
        return new Repeated(Objects.requireNonNull(last));
    }

    private Answer read(ClientHttpResponse response) throws IOException {
        byte[] body = response.getBody().readNBytes(MAX_ANSWER + 1);
        if (body.length > MAX_ANSWER) {
            throw new IOException("an answer of more than %d bytes".formatted(MAX_ANSWER));
        }
        return new Answer(
                response.getStatusCode(), body, response.getHeaders(), nanoTime.getAsLong());
    }

    /** Two permits, one more per interval. */
    private static final class Url {

        private static final int BURST = 2;

        private volatile @Nullable Answer last;
        private int permits = BURST;
        private long refilledNanos;

        synchronized boolean tryTake(long nowNanos) {
            if (permits == BURST) {
                refilledNanos = nowNanos;
            }
            long refills = (nowNanos - refilledNanos) / INTERVAL.toNanos();
            if (refills > 0) {
                permits = (int) Math.min(BURST, permits + refills);
                refilledNanos += refills * INTERVAL.toNanos();
            }
            if (permits == 0) {
                return false;
            }
            permits--;
            return true;
        }
    }

    private record Repeated(Answer answer) implements ClientHttpResponse {

        @Override
        public HttpStatusCode getStatusCode() {
            return answer.status;
        }

        @Override
        public String getStatusText() {
            return answer.status.toString();
        }

        @Override
        public HttpHeaders getHeaders() {
            return answer.headers;
        }

        @Override
        public InputStream getBody() {
            return new ByteArrayInputStream(answer.body);
        }

        @Override
        public void close() {}
    }
}
