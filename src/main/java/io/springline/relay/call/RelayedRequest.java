package io.springline.relay.call;

import io.springline.audit.AuditLog;
import io.springline.concurrent.SharedThread;
import io.springline.feature.RequestContext;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.relay.auth.MissingConsentException;
import io.springline.relay.client.LostException;
import io.springline.relay.client.LostResponseException;
import io.springline.relay.client.NotBegunException;
import io.springline.relay.client.PendingCall;
import io.springline.relay.client.RelayMeta;
import io.springline.relay.client.UpstreamClient;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.upstream.AbsentUpstreamException;
import io.springline.relay.upstream.Upstream;
import io.springline.relay.upstream.UpstreamTracer.Trace;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One request of a client at an upstream. It is sent a second time if the connection ends before
 * the answer, and the upstream has not begun it or it may be repeated. {@link #send} comes first,
 * then {@link #await}, on any thread; each is called once.
 */
final class RelayedRequest {

    /** The maximum wait of a call for an upstream that is reconnecting. */
    private static final Duration BACK_WITHIN = Duration.ofSeconds(1);

    /** The maximum wait of a repeated call for the upstream to reconnect. */
    private static final Duration AGAIN_WITHIN = Duration.ofSeconds(10);

    /**
     * A request that was sent to the upstream.
     *
     * @param trace null while tracing is off
     */
    private record Sent(
            UpstreamClient client, PendingCall call, @Nullable Trace trace, long startedNanos) {}

    private final Upstream upstream;
    private final RequestContext context;
    private final String method;
    private final ObjectNode params;
    private final Repeat repeat;
    private @Nullable Sent first;
    private @Nullable RuntimeException unsent;

    /**
     * @param params get the metadata of the hop to the upstream
     */
    RelayedRequest(
            Upstream upstream,
            RequestContext context,
            String method,
            ObjectNode params,
            Repeat repeat) {
        this.upstream = upstream;
        this.context = context;
        this.method = method;
        this.params = params;
        this.repeat = repeat;
    }

    /**
     * Sends the request, and blocks for a short time if the upstream is reconnecting. On a {@link
     * SharedThread} it does not block: what cannot be sent at once is sent by {@link #await}.
     *
     * @return completes with the response, on the thread that has read it, or with an exception. If
     *     the caller completes it with an {@code InterruptedException}, {@link #await} cancels the
     *     request
     */
    CompletableFuture<Response> send() throws InterruptedException {
        upstream.began();
        try {
            Sent sent = begin(BACK_WITHIN);
            first = sent;
            return sent.call().answer();
        } catch (InterruptedException | Error e) {
            upstream.finished();
            throw e;
        } catch (RuntimeException e) {
            unsent = SharedThread.isCurrent() ? null : e;
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Returns the result. Blocks until the response has arrived, and also afterwards if the request
     * must be sent again.
     *
     * @throws AbsentUpstreamException if the upstream is known to be away
     * @throws MissingConsentException if the caller has not consented
     * @throws JsonRpcException if the upstream answers with an error or not at all
     */
    JsonNode await() throws InterruptedException {
        try {
            return repeated();
        } finally {
            upstream.finished();
        }
    }

    private JsonNode repeated() throws InterruptedException {
        try {
            if (unsent != null) {
                throw unsent;
            }
            return finish(first == null ? begin(BACK_WITHIN) : first);
        } catch (AbsentUpstreamException | MissingConsentException e) {
            throw e;
        } catch (LostException | LostResponseException e) {
            if (repeat == Repeat.FORBIDDEN || !context.mayBeSentAgain()) {
                throw outcomeUnknown(e);
            }
        } catch (NotBegunException e) {
            // may always be sent again
        } catch (UpstreamException e) {
            throw ErrorCode.INTERNAL_ERROR.exception(String.valueOf(e.getMessage()));
        }
        try {
            return again();
        } catch (NotBegunException e) {
            // The first attempt was the first to meet an upstream that is being restarted.
        }
        try {
            return again();
        } catch (NotBegunException e) {
            throw ErrorCode.INTERNAL_ERROR.exception(String.valueOf(e.getMessage()));
        }
    }

    private JsonNode again() throws InterruptedException {
        try {
            return finish(begin(AGAIN_WITHIN));
        } catch (MissingConsentException e) {
            throw e;
        } catch (LostException | LostResponseException e) {
            throw outcomeUnknown(e);
        } catch (UpstreamException e) {
            throw ErrorCode.INTERNAL_ERROR.exception(String.valueOf(e.getMessage()));
        }
    }

    private static JsonRpcException outcomeUnknown(RuntimeException e) {
        return ErrorCode.INTERNAL_ERROR.exception(
                String.valueOf(e.getMessage()),
                JsonNodeFactory.instance
                        .objectNode()
                        .put("reason", "outcome-unknown")
                        .put("outcome", "unknown"));
    }

    private Sent begin(Duration patience) throws InterruptedException {
        UpstreamConnection connection = upstream.connection(context, patience);
        UpstreamClient client = connection.client();
        var id = client.nextId();
        ObjectNode meta = RelayMeta.forward(context, connection, upstream.extensions(), id);
        RelayMeta.declareTasks(meta, connection.capabilities());
        params.remove("_meta");
        Trace trace = upstream.trace(method, params, meta);
        if (!meta.isEmpty()) {
            params.set("_meta", meta);
        }
        long started = System.nanoTime();
        Duration timeout = upstream.spec().timeout();
        return new Sent(
                client,
                client.send(id, method, params, new ContextCallback(context), timeout),
                trace,
                started);
    }

    /** Returns the result, blocking until it has arrived, and reports the end of the request. */
    private JsonNode finish(Sent sent) throws InterruptedException {
        Trace trace = sent.trace();
        boolean failed = true;
        try {
            JsonNode result = result(sent);
            failed = false;
            if (trace != null) {
                trace.answered(result);
            }
            return result;
        } catch (Throwable e) {
            if (trace != null) {
                trace.failed(e);
            }
            if (!(e instanceof InterruptedException)) {
                upstream.probe(sent.client());
            }
            throw e;
        } finally {
            long nanos = System.nanoTime() - sent.startedNanos();
            upstream.ended(nanos, failed);
            audit(failed, nanos);
        }
    }

    private JsonNode result(Sent sent) throws InterruptedException {
        assert sent.call().answer().isDone() || SharedThread.mayBlock("for an answer");
        try {
            return sent.client().await(sent.call(), upstream.spec().timeout());
        } catch (JsonRpcException e) {
            ObjectNode question = UrlElicitation.question(e.error(), method, context);
            if (question != null) {
                return question;
            }
            throw new JsonRpcException(translated(e.error(), context));
        }
    }

    private void audit(boolean failed, long nanos) {
        if (AuditLog.isOn()) {
            String target =
                    params.path(method.equals("resources/read") ? "uri" : "name").asString("");
            AuditLog.upstreamCall(
                    upstream.name(),
                    context.caller().name(),
                    upstream.credentials().name(),
                    method,
                    target.isEmpty() ? null : target,
                    failed ? "error" : "result",
                    nanos);
        }
    }

    /** Returns the error with a code of the client's revision. */
    private static JsonRpcError translated(JsonRpcError error, RequestContext context) {
        boolean notFound = error.code() == ErrorCode.RESOURCE_NOT_FOUND.code();
        return notFound && context.version().isModern()
                ? new JsonRpcError(ErrorCode.INVALID_PARAMS.code(), error.message(), error.data())
                : UrlElicitation.translated(error, context);
    }
}
