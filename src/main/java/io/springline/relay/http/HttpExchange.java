package io.springline.relay.http;

import io.springline.relay.client.UpstreamException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request and its response, or several in turn for a resumed stream. One thread uses it;
 * any thread may abort it.
 */
final class HttpExchange {

    /** The maximum number of redirects of one request. */
    static final int MAX_REDIRECTS = 5;

    /** The time for an upstream to end a response after its last message. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    private final HttpClient client;
    private final RequestCredential credential;
    private final Duration timeout;
    private final CompletableFuture<@Nullable Void> aborted = new CompletableFuture<>();
    private volatile @Nullable Request sent;

    /**
     * Creates an exchange without a request.
     *
     * @param credential added to each request
     * @param timeout timeout until the response begins, and of a body that is not a stream
     */
    HttpExchange(HttpClient client, RequestCredential credential, Duration timeout) {
        this.client = client;
        this.credential = credential;
        this.timeout = timeout;
    }

    /**
     * Sends the message with the credential and blocks until the response begins. If the upstream
     * refuses the credential and there is another one, sends the message once more.
     *
     * <p>Redirects within the origin keep method and body, also for 301 and 302: a JSON-RPC message
     * cannot be sent as a GET.
     *
     * @throws HttpFailure if there is no response, or a redirect is not allowed
     */
    HttpReply open(HttpMessage message) throws HttpFailure {
        Map<String, String> headers = credentialHeaders();
        HttpReply reply = follow(message.with(headers));
        if (reply.status() == 401 && credential.tryReplace(headers)) {
            drain(reply);
            reply = follow(message.with(credentialHeaders()));
        }
        return reply;
    }

    private Map<String, String> credentialHeaders() throws HttpFailure {
        try {
            return credential.headers();
        } catch (UpstreamException e) {
            throw new HttpFailure(String.valueOf(e.getMessage()));
        }
    }

    private HttpReply follow(HttpMessage message) throws HttpFailure {
        HttpReply reply = send(message, message.url());
        for (int redirects = 0; reply.isRedirect(); redirects++) {
            drain(reply);
            URI target = reply.redirectTarget();
            if (redirects == MAX_REDIRECTS) {
                throw new HttpFailure(
                        "upstream redirects more than %d times".formatted(MAX_REDIRECTS));
            }
            reply = send(message, target);
        }
        return reply;
    }

    private HttpReply send(HttpMessage message, URI url) throws HttpFailure {
        if (isAborted()) {
            throw HttpFailure.withdrawn();
        }
        Request request = message.request(client, url);
        var listener = new InputStreamResponseListener();
        request.send(listener);
        // after send(): Jetty cannot abort a request that is being started
        sent = request;
        if (isAborted()) {
            request.abort(new InterruptedIOException("aborted"));
        }
        try {
            return new HttpReply(
                    request,
                    url,
                    listener.get(timeout.toMillis(), TimeUnit.MILLISECONDS),
                    listener.getInputStream());
        } catch (TimeoutException e) {
            request.abort(e);
            throw HttpFailure.timeout(timeout);
        } catch (ExecutionException e) {
            throw isAborted() ? HttpFailure.withdrawn() : HttpFailure.of(e.getCause());
        } catch (InterruptedException e) {
            request.abort(e);
            throw HttpFailure.withdrawn();
        }
    }

    /** Returns true if the response is an event stream. Blocks until its first byte arrives. */
    boolean isStream(HttpReply reply) throws HttpFailure {
        return reply.isAnnouncedAsStream()
                ? unlimited(reply, HttpReply::isStream)
                : limited(reply, HttpReply::isStream);
    }

    /** Returns the body, cut to {@code limit + 1} bytes. */
    byte[] read(HttpReply reply, int limit) throws HttpFailure {
        byte[] read = limited(reply, r -> r.body().readNBytes(limit + 1));
        if (read.length > limit) {
            reply.abort();
        }
        return read;
    }

    private interface Reading<T> {
        T read(HttpReply reply) throws IOException, HttpFailure;
    }

    private <T> T limited(HttpReply reply, Reading<T> reading) throws HttpFailure {
        CompletableFuture<?> inTime = abortAfter(timeout, reply);
        try {
            return reading.read(reply);
        } catch (IOException e) {
            throw inTime.isCompletedExceptionally()
                    ? HttpFailure.timeout(timeout)
                    : HttpFailure.of(e);
        } finally {
            inTime.complete(null);
        }
    }

    private static <T> T unlimited(HttpReply reply, Reading<T> reading) throws HttpFailure {
        try {
            return reading.read(reply);
        } catch (IOException e) {
            throw HttpFailure.of(e);
        }
    }

    /**
     * Reads the rest of a response, for one second at most, so that its connection can be reused.
     */
    static void drain(HttpReply reply) {
        CompletableFuture<?> inTime = abortAfter(LINGER, reply);
        try {
            reply.body().skip(Long.MAX_VALUE);
        } catch (IOException | HttpFailure e) {
            reply.abort();
        } finally {
            inTime.complete(null);
        }
    }

    private static CompletableFuture<?> abortAfter(Duration wait, HttpReply reply) {
        var inTime = new CompletableFuture<@Nullable Void>();
        inTime.orTimeout(wait.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((_, late) -> {
                    if (late != null) {
                        reply.abort();
                    }
                });
        return inTime;
    }

    /**
     * Blocks until the future completes.
     *
     * @throws HttpFailure if the exchange is aborted
     */
    void await(CompletableFuture<?> future) throws HttpFailure {
        try {
            if (!future.isDone()) {
                CompletableFuture.anyOf(future, aborted).get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw HttpFailure.withdrawn();
        }
        if (isAborted()) {
            throw HttpFailure.withdrawn();
        }
    }

    /**
     * Blocks for this time.
     *
     * @throws HttpFailure if the exchange is aborted
     */
    void pause(Duration wait) throws HttpFailure {
        try {
            aborted.get(wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return;
        } catch (InterruptedException | ExecutionException e) {
            // as if aborted
        }
        throw HttpFailure.withdrawn();
    }

    boolean isAborted() {
        return aborted.isDone();
    }

    /**
     * Aborts the exchange: closes the connection, and the thread that uses it gets an {@link
     * HttpFailure}.
     */
    void abort() {
        aborted.complete(null);
        Request request = sent;
        if (request != null) {
            request.abort(new InterruptedIOException("aborted"));
        }
    }
}
