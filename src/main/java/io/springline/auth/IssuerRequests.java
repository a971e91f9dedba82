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
 * Limits the requests to the issuer of JWTs. A token with an unknown key id makes the decoder fetch
 * the issuer's keys, and any client can invent such tokens. Each URL has a burst of two requests,
 * and then one per {@link #INTERVAL}. In between, the last successful response is used again; it is
 * also used for up to {@link #TOLERANCE} while the issuer fails.
 */
final class IssuerRequests implements ClientHttpRequestInterceptor {

    static final Duration INTERVAL = Duration.ofSeconds(10);
    static final Duration TOLERANCE = Duration.ofHours(1);

    private static final Logger log = LoggerFactory.getLogger(IssuerRequests.class);

    /** More than enough: an issuer has three possible metadata URLs and one for its keys. */
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
            throw new IOException(
                    "the issuer has more than %d URLs; %s is not fetched".formatted(MAX_URLS, uri));
        }
        Url url = urls.computeIfAbsent(uri, _ -> new Url());
        Answer last = url.last;
        if (!url.tryTake(nanoTime.getAsLong())) {
            if (last == null) {
                throw new IOException(
                        "%s has not responded; it is requested again after at most %d s"
                                .formatted(uri, INTERVAL.toSeconds()));
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
                .log(
                        "the issuer of JWTs does not respond; its last response is used for at most"
                                + " an hour");
        return new Repeated(Objects.requireNonNull(last));
    }

    private Answer read(ClientHttpResponse response) throws IOException {
        byte[] body = response.getBody().readNBytes(MAX_ANSWER + 1);
        if (body.length > MAX_ANSWER) {
            throw new IOException(
                    "the response of the issuer has more than %d bytes".formatted(MAX_ANSWER));
        }
        return new Answer(
                response.getStatusCode(), body, response.getHeaders(), nanoTime.getAsLong());
    }

    /** The rate limit and the last successful response of one URL. */
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
