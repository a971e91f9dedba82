package io.springline.feature;

import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.ClientCapabilities;
import io.springline.mcp.LogLevel;
import io.springline.mcp.ProtocolVersion;
import io.springline.mcp.Topic;
import io.springline.session.Caller;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a handler sees of the request it serves, the same in both protocol eras. Valid until the
 * handler returns; may be used from any thread. Each handler runs on a virtual thread of its own,
 * which is interrupted when the request is cancelled or takes too long.
 */
public interface RequestContext {

    ProtocolVersion version();

    /**
     * The same for all requests that come over one connection, and for no others; not guessable.
     */
    String sessionId();

    Caller caller();

    ClientCapabilities capabilities();

    /**
     * Returns what sends change notifications to the client of this session alone, as far as it
     * asked for them. May be used as long as the session lasts, and from any thread.
     */
    Consumer<Topic> announcer();

    /** Runs {@code action} once when the client's session ends; at once if it has. */
    void onSessionEnd(Runnable action);

    /**
     * The client's name and version as it calls itself, or null: for display, never for decisions.
     */
    @Nullable ObjectNode clientInfo();

    /** The {@code params} of the request as received; empty when absent, not to be changed. */
    ObjectNode params();

    /** The {@code _meta} of the request as received; empty when absent, not to be changed. */
    ObjectNode meta();

    boolean isCancelled();

    /** Runs {@code action} once if the request is cancelled; at once if it is already. */
    void onCancel(Runnable action);

    /**
     * Reports progress, if the client asked for it; otherwise does nothing.
     *
     * @param progress larger than at the last call, or the report is dropped
     * @param total in the same unit, or null when unknown
     * @param message for people, or null
     */
    void progress(double progress, @Nullable Double total, @Nullable String message);

    /**
     * Sends a log message, if the client asked for this level; otherwise does nothing.
     *
     * @param logger the name of the source, or null
     * @param data any JSON; no secrets
     */
    void log(LogLevel level, @Nullable String logger, JsonNode data);

    /**
     * Asks the client for input and waits for it. In the legacy era this is a request to the
     * client; in the modern era the running request ends with {@code input_required}, this thread
     * waits, and goes on when the client comes back with the answer.
     *
     * @return the result as the client sent it
     * @throws JsonRpcException when the client cannot do what is asked, refuses with an error, or
     *     does not answer in time; may be passed on
     * @throws InterruptedException when the request is cancelled meanwhile
     */
    ObjectNode ask(InputRequest request) throws InterruptedException;

    /**
     * The answers that came with this request, by the keys of an earlier {@link InputRequired};
     * empty on the first call.
     */
    Map<String, ObjectNode> answers();

    /**
     * The state of an earlier {@link InputRequired}, verified to be ours; null on the first call.
     */
    @Nullable JsonNode state();
}
