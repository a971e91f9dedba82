package io.springline.relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One request to an upstream and its response, or several in turn for a stream that is resumed.
 * Driven by one thread; any thread may abort it.
 */
final class HttpExchange {

    /** How long an upstream may take to end a stream that has said everything. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    private final HttpClient client;
    private final Duration timeout;
    private final CountDownLatch aborted = new CountDownLatch(1);
    private @Nullable CompletableFuture<HttpResponse<InputStream>> sent;
    private @Nullable InputStream body;

    /**
     * @param timeout longest wait for the response to begin, and for a body that is no stream
     */
    HttpExchange(HttpClient client, Duration timeout) {
        this.client = client;
        this.timeout = timeout;
    }

    /** Sends, and waits until the response begins. */
    HttpResponse<InputStream> open(HttpRequest request) throws HttpFailure {
        CompletableFuture<HttpResponse<InputStream>> future = begin(request);
        try {
            return begun(future.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            discard(future);
            throw HttpFailure.timeout(timeout);
        } catch (ExecutionException e) {
            throw HttpFailure.of(e.getCause());
        } catch (CancellationException | InterruptedException e) {
            discard(future);
            throw HttpFailure.withdrawn();
        }
    }

    private synchronized CompletableFuture<HttpResponse<InputStream>> begin(HttpRequest request)
            throws HttpFailure {
        if (isAborted()) {
            throw HttpFailure.withdrawn();
        }
        var future = client.sendAsync(request, BodyHandlers.ofInputStream());
        sent = future;
        return future;
    }

    private synchronized HttpResponse<InputStream> begun(HttpResponse<InputStream> response)
            throws HttpFailure {
        if (isAborted()) {
            close(response.body());
            throw HttpFailure.withdrawn();
        }
        body = response.body();
        return response;
    }

    /** The rest of the response, at most one byte more than {@code limit}. */
    byte[] read(HttpResponse<InputStream> response, int limit) throws HttpFailure {
        InputStream in = response.body();
        var inTime = closeAfter(timeout, in);
        try {
            return in.readNBytes(limit + 1);
        } catch (IOException e) {
            throw inTime.isCompletedExceptionally()
                    ? HttpFailure.timeout(timeout)
                    : HttpFailure.of(e);
        } finally {
            inTime.complete(null);
            close(in);
        }
    }

    /** Reads a stream to its near end, so that its connection can serve the next request. */
    static void drain(InputStream in) {
        var inTime = closeAfter(LINGER, in);
        try {
            in.skip(Long.MAX_VALUE);
        } catch (IOException e) {
            // it had said everything
        } finally {
            inTime.complete(null);
            close(in);
        }
    }

    private static CompletableFuture<@Nullable Void> closeAfter(Duration wait, InputStream in) {
        var inTime = new CompletableFuture<@Nullable Void>();
        inTime.orTimeout(wait.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((_, late) -> {
                    if (late != null) {
                        close(in);
                    }
                });
        return inTime;
    }

    /** Waits; fails at once when aborted. */
    void pause(Duration wait) throws HttpFailure {
        try {
            if (aborted.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                throw HttpFailure.withdrawn();
            }
        } catch (InterruptedException e) {
            throw HttpFailure.withdrawn();
        }
    }

    boolean isAborted() {
        return aborted.getCount() == 0;
    }

    /** Closes the connection or the stream; whoever drives the exchange gets a failure. */
    void abort() {
        CompletableFuture<HttpResponse<InputStream>> abandoned;
        InputStream stream;
        synchronized (this) {
            aborted.countDown();
            abandoned = sent;
            stream = body;
        }
        if (abandoned != null) {
            discard(abandoned);
        }
        if (stream != null) {
            close(stream);
        }
    }

    private static void discard(CompletableFuture<HttpResponse<InputStream>> future) {
        // a response that won the race against the cancellation holds a connection
        if (!future.cancel(true) && future.state() == Future.State.SUCCESS) {
            close(future.resultNow().body());
        }
    }

    private static void close(InputStream in) {
        try {
            in.close();
        } catch (IOException | UncheckedIOException e) {
            // nothing more is wanted from it
        }
    }
}
