package io.springline.relay.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.jspecify.annotations.Nullable;

/**
 * One request to an upstream and its response, or several in turn for a stream that is resumed.
 * Driven by one thread; any thread may abort it.
 */
final class HttpExchange {

    /** Most redirects that are followed for one request. */
    static final int MAX_REDIRECTS = 5;

    /** How long an upstream may take to end a response that has said everything. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    private final HttpClient client;
    private final Duration timeout;
    private final CompletableFuture<@Nullable Void> aborted = new CompletableFuture<>();
    private volatile @Nullable Request sent;

    /**
     * @param timeout longest wait for the response to begin, and for a body that is no stream
     */
    HttpExchange(HttpClient client, Duration timeout) {
        this.client = client;
        this.timeout = timeout;
    }

    /**
     * Sends the message and blocks until the response begins. Follows redirects within the origin
     * with method and body kept, also for 301 and 302: a JSON-RPC message makes no sense as a GET.
     */
    HttpReply open(HttpMessage message) throws HttpFailure {
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
        // not before: Jetty does not bear an abort while it begins to send
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

    /** Returns true if the response is an event stream; blocks until it shows. */
    boolean isStream(HttpReply reply) throws HttpFailure {
        return reply.isAnnouncedAsStream()
                ? unlimited(reply, HttpReply::isStream)
                : limited(reply, HttpReply::isStream);
    }

    /** Returns the body, at most one byte more than {@code limit} of it. */
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

    /** Reads a response to its near end, so that its connection can serve the next request. */
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

    /** Blocks until the future is complete; fails at once when aborted. */
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

    /** Waits; fails at once when aborted. */
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

    /** Closes the connection or the stream; the thread that drives the exchange gets a failure. */
    void abort() {
        aborted.complete(null);
        Request request = sent;
        if (request != null) {
            request.abort(new InterruptedIOException("aborted"));
        }
    }
}
