package io.springline.feature;

import io.springline.feature.result.CreatedTask;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.feature.result.PendingOutcome;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.ClientCapabilities;
import io.springline.mcp.LogLevel;
import io.springline.mcp.ProtocolVersion;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A handler's access to its request and client. It is the same for legacy and modern clients.
 *
 * <p>May be used from any thread until the handler returns. Handlers run on virtual threads and may
 * block; the thread is interrupted when the request is cancelled or times out.
 */
public interface RequestContext extends SessionContext {

    ProtocolVersion version();

    ClientCapabilities capabilities();

    /**
     * Returns the client's name and version as it reports them, or null. For display only: it can
     * be anything. Must not be modified: it may be that of several clients.
     */
    @Nullable ObjectNode clientInfo();

    /** Returns the {@code params} of the request, empty if absent. Must not be modified. */
    ObjectNode params();

    /** Returns the {@code _meta} of the request, empty if absent. Must not be modified. */
    ObjectNode meta();

    boolean isCancelled();

    /**
     * Runs {@code action} once when the request is cancelled or times out. If that has happened,
     * runs it at once.
     */
    void onCancel(Runnable action);

    /**
     * Sends a progress notification. Does nothing if the client did not ask for progress.
     *
     * @param progress must be larger than in the call before, or the notification is dropped
     * @param total in the same unit, or null if unknown
     * @param message for people, or null
     */
    void progress(double progress, @Nullable Double total, @Nullable String message);

    /**
     * Sends a log message. Does nothing if the client did not ask for this level.
     *
     * @param logger the name of the source, or null
     * @param data any JSON, without secrets
     */
    void log(LogLevel level, @Nullable String logger, JsonNode data);

    /**
     * Asks the client for input and blocks until it has answered. A legacy client gets a request
     * from the server. For a modern client, the running request ends with {@code input_required},
     * and the handler continues when the client repeats the request with the answer.
     *
     * @return the result as the client sent it
     * @throws JsonRpcException {@code -32021} if a modern client did not declare the capability; a
     *     handler may let it pass
     * @throws InputRefusedException if the client refuses, answers with an error, or does not
     *     answer in time; a handler may let it pass
     * @throws InterruptedException if the request is cancelled
     */
    ObjectNode ask(InputRequest request) throws InterruptedException;

    /**
     * Returns the answers to an earlier {@link InputRequired}, by its keys. Empty in the first run.
     */
    Map<String, ObjectNode> answers();

    /**
     * Returns the state of an earlier {@link InputRequired}. The client cannot have changed it.
     * Null in the first run.
     */
    @Nullable JsonNode state();

    /**
     * Returns false if the call must not be sent to an upstream a second time, although the tool
     * may be called again: a person has approved it once.
     */
    default boolean mayBeSentAgain() {
        return true;
    }

    /**
     * Returns true if the handler may return a {@link CreatedTask}: the client can take tasks, and
     * the call has not become a task of this server. Afterwards it does not become one.
     */
    default boolean claimTask() {
        return false;
    }

    /**
     * Returns true if a tool may return a {@link PendingOutcome} instead of blocking for an answer.
     */
    default boolean acceptsPending() {
        return false;
    }
}
