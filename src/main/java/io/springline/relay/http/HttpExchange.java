package io.springline.relay.http;

import io.springline.relay.client.UpstreamException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.io.CyclicTimeouts;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request and its response, or several in turn for a resumed stream. One thread at a time
 * uses it; any thread may abort it.
 */
final class HttpExchange implements CyclicTimeouts.Expirable {

    /** The maximum number of redirects of one request. */
    static final int MAX_REDIRECTS = 5;

    /** The time for an upstream to end a response after its last message. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    /**
     * A request that was sent.
     *
     * @param credential the headers of the credential in it
     * @param reply see {@link ReplyListener#reply}; may fail with an {@link HttpFailure}
     */
    record Opening(
            HttpMessage message,
            Map<String, String> credential,
            CompletableFuture<HttpReply> reply) {}

    private final HttpClient client;
    private final RequestCredential credential;
    private final ExchangeTimeouts timeouts;
    private final Duration timeout;
    private final CompletableFuture<@Nullable Void> aborted = new CompletableFuture<>();
    private volatile @Nullable ReplyListener sent;
    private volatile long deadlineNanos;
    private volatile boolean expired;

    /**
     * Creates an exchange without a request.
     *
     * @param credential added to each request
     * @param timeout timeout until the response begins, and of all of it unless it is a stream
     */
    HttpExchange(
            HttpClient client,
            RequestCredential credential,
            ExchangeTimeouts timeouts,
            Duration timeout) {
        this.client = client;
        this.credential = credential;
        this.timeouts = timeouts;
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
        return finish(begin(message, ReplyListener::streaming));
    }

    /**
     * Sends the message with the credential. Blocks only if the credential is not ready. {@link
     * #finish} follows, unless the reply is complete and needs no other request.
     */
    Opening begin(HttpMessage message) {
        return begin(message, ReplyListener::collecting);
    }

    private Opening begin(HttpMessage message, BiFunction<Request, URI, ReplyListener> listeners) {
        Map<String, String> headers;
        try {
            headers = credential.headers();
        } catch (UpstreamException e) {
            var failure = new HttpFailure(String.valueOf(e.getMessage()));
            return new Opening(message, Map.of(), CompletableFuture.failedFuture(failure));
        }
        HttpMessage signed = message.with(headers);
        return new Opening(message, headers, send(signed, message.url(), listeners));
    }

    /** Returns the reply as {@link #open} does. */
    HttpReply finish(Opening opening) throws HttpFailure {
        HttpReply reply = follow(opening);
        if (reply.status() == 401 && credential.tryReplace(opening.credential())) {
            drain(reply);
            reply = follow(begin(opening.message(), ReplyListener::streaming));
        }
        return reply;
    }

    private HttpReply follow(Opening opening) throws HttpFailure {
        HttpReply reply = response(opening.reply());
        for (int redirects = 0; reply.isRedirect(); redirects++) {
            drain(reply);
            URI target = reply.redirectTarget();
            if (redirects == MAX_REDIRECTS) {
                throw new HttpFailure(
                        "upstream redirects more than %d times".formatted(MAX_REDIRECTS));
            }
            HttpMessage signed = opening.message().with(opening.credential());
            reply = response(send(signed, target, ReplyListener::streaming));
        }
        return reply;
    }

    private CompletableFuture<HttpReply> send(
            HttpMessage message, URI url, BiFunction<Request, URI, ReplyListener> listeners) {
        if (isAborted()) {
            return CompletableFuture.failedFuture(HttpFailure.withdrawn());
        }
        abortRequest(); // a stream that is resumed, if it could not be read to its end
        Request request = message.request(client, url);
        ReplyListener listener = listeners.apply(request, url);
        limit(timeout);
        request.send(listener);
        // after send(): Jetty cannot abort a request that is being started
        sent = listener;
        if (isAborted() || expired) {
            abortRequest();
        }
        return listener.reply();
    }

    private HttpReply response(CompletableFuture<HttpReply> reply) throws HttpFailure {
        try {
            return reply.get();
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        } catch (InterruptedException e) {
            abort();
            throw HttpFailure.withdrawn();
        }
    }

    /** Returns why the request failed, which thereby has ended. */
    private HttpFailure failure(@Nullable Throwable cause) {
        unlimit();
        if (cause instanceof HttpFailure failure) {
            return failure;
        }
        if (isAborted()) {
            return HttpFailure.withdrawn();
        }
        return expired ? HttpFailure.timeout(timeout) : HttpFailure.of(cause);
    }

    /** Returns true if the response is an event stream. Blocks until its first byte arrives. */
    boolean isStream(HttpReply reply) throws HttpFailure {
        if (reply.isAnnouncedAsStream()) {
            unlimit();
        }
        try {
            boolean stream = reply.isStream();
            if (stream) {
                unlimit(); // of a type that announces something else
            }
            return stream;
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Returns the body, cut to {@code limit + 1} bytes. */
    byte[] read(HttpReply reply, int limit) throws HttpFailure {
        try {
            byte[] read = reply.body().readNBytes(limit + 1);
            if (read.length > limit) {
                reply.abort();
            }
            return read;
        } catch (IOException e) {
            throw failure(e);
        } finally {
            unlimit();
        }
    }

    /**
     * Reads the rest of a response, for one second at most, so that its connection can be reused.
     */
    void drain(HttpReply reply) {
        if (reply.completeBody() != null) {
            unlimit();
            return;
        }
        limit(LINGER);
        try {
            reply.body().skip(Long.MAX_VALUE);
        } catch (IOException | HttpFailure e) {
            reply.abort();
        } finally {
            unlimit();
        }
    }

    private void limit(Duration time) {
        deadlineNanos = System.nanoTime() + time.toNanos();
        expired = false;
        timeouts.add(this);
    }

    /** Ends the time limit, after the last byte of the response or at the begin of a stream. */
    void unlimit() {
        timeouts.remove(this);
    }

    @Override
    public long getExpireNanoTime() {
        return deadlineNanos;
    }

    /** Ends the current request, whose time is up. */
    void expire() {
        if (System.nanoTime() - deadlineNanos >= 0) {
            expired = true;
            abortRequest();
        }
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
     * Aborts the exchange: closes the connection unless the response was read to its end, and the
     * thread that uses it gets an {@link HttpFailure}.
     */
    void abort() {
        aborted.complete(null);
        unlimit();
        abortRequest();
    }

    private void abortRequest() {
        ReplyListener listener = sent;
        if (listener != null) {
            listener.abort();
        }
    }
}
