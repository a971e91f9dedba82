package io.springline.relay.http;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;

/**
 * Receives a response on the client's threads. A small JSON object is collected there; all else is
 * read by another thread as it arrives.
 */
final class ReplyListener extends InputStreamResponseListener {

    /** The largest body that is collected. */
    static final int SMALL = 16 * 1024;

    private final Request request;
    private final URI url;
    private final CompletableFuture<HttpReply> reply = new CompletableFuture<>();
    private final ByteArrayOutputStream collected = new ByteArrayOutputStream(512);

    ReplyListener(Request request, URI url) {
        this.request = request;
        this.url = url;
    }

    /**
     * Completes on a thread of the client, which must not block: with a small JSON object after its
     * last byte, with an event stream after its headers, with other responses after their first
     * bytes.
     */
    CompletableFuture<HttpReply> reply() {
        return reply;
    }

    @Override
    public void onHeaders(Response response) {
        super.onHeaders(response);
        if (HttpReply.isAnnouncedAsStream(response.getHeaders())) {
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
        super.onComplete(result);
        if (reply.isDone()) {
            return;
        }
        if (result.isFailed()) {
            reply.completeExceptionally(result.getFailure());
        } else {
            reply.complete(
                    HttpReply.complete(
                            request, url, result.getResponse(), collected.toByteArray()));
        }
    }
}
