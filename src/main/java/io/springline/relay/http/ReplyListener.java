package io.springline.relay.http;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InterruptedIOException;
import java.io.SequenceInputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;

/**
 * Receives a response on the client's threads. If it is to be collected, they collect a small JSON
 * object of a successful response; all else is read by another thread as it arrives.
 */
final class ReplyListener extends InputStreamResponseListener {

    /** The largest body that is collected. */
    static final int SMALL = 16 * 1024;

    private final Request request;
    private final URI url;
    private final boolean collects;
    private final CompletableFuture<HttpReply> reply = new CompletableFuture<>();
    private final ByteArrayOutputStream collected = new ByteArrayOutputStream(512);
    private volatile boolean ended;

    private ReplyListener(Request request, URI url, boolean collects) {
        this.request = request;
        this.url = url;
        this.collects = collects;
    }

    /** Returns a listener that collects small results. */
    static ReplyListener collecting(Request request, URI url) {
        return new ReplyListener(request, url, true);
    }

    /** Returns a listener whose reply is complete after the headers. */
    static ReplyListener streaming(Request request, URI url) {
        return new ReplyListener(request, url, false);
    }

    /**
     * Completes on a thread of the client, which must not block. If the listener collects, with a
     * small JSON object after its last byte, and with another body after its first bytes;
     * otherwise, with errors and with event streams after the headers.
     */
    CompletableFuture<HttpReply> reply() {
        return reply;
    }

    @Override
    public void onHeaders(Response response) {
        super.onHeaders(response);
        if (reply.isCompletedExceptionally()) {
            // see abort(), which Jetty does not take a second time
            request.getConnection().close();
            return;
        }
        if (!collects
                || !HttpStatus.isSuccess(response.getStatus())
                || HttpReply.isAnnouncedAsStream(response.getHeaders())) {
            reply.complete(HttpReply.arriving(request, url, response, getInputStream()));
        }
    }

    @Override
    public void onContent(Response response, Content.Chunk chunk, Runnable demander) {
        ByteBuffer bytes = chunk.getByteBuffer();
        if (reply.isDone() || !bytes.hasRemaining()) {
            super.onContent(response, chunk, demander);
        } else if (!response.getHeaders().contains(HttpHeader.CONTENT_ENCODING)
                && (collected.size() > 0 || bytes.get(bytes.position()) == '{')
                && collected.size() + bytes.remaining() <= SMALL) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            collected.writeBytes(copy);
            demander.run();
        } else {
            super.onContent(response, chunk, demander);
            var start = new ByteArrayInputStream(collected.toByteArray());
            reply.complete(
                    HttpReply.arriving(
                            request,
                            url,
                            response,
                            new SequenceInputStream(start, getInputStream())));
        }
    }

    @Override
    public void onComplete(Result result) {
        ended = true;
        super.onComplete(result);
        if (reply.isDone()) {
            return;
        }
        // A server may answer, and close, before it has read the whole request.
        if (result.getResponseFailure() != null) {
            reply.completeExceptionally(result.getResponseFailure());
        } else {
            reply.complete(
                    HttpReply.complete(
                            request, url, result.getResponse(), collected.toByteArray()));
        }
    }

    /** Ends request and response if they have not ended. The reply fails if it is not complete. */
    void abort() {
        if (ended) {
            return;
        }
        var reason = new InterruptedIOException("aborted");
        request.abort(reason);
        // Jetty ignores an abort between an interim response and the next one.
        reply.completeExceptionally(reason);
    }
}
