package io.springline.toolcall.approval;

import io.springline.feature.RequestContext;
import io.springline.feature.result.InputRequest;
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
 * The request of an approved call, as its handler sees it: without the answer and the state of the
 * approval.
 */
record RoundContext(
        RequestContext request, Map<String, ObjectNode> answers, @Nullable JsonNode state)
        implements RequestContext {

    /** Creates the context of the first round, which has neither answers nor a state. */
    RoundContext(RequestContext request) {
        this(request, Map.of(), null);
    }

    @Override
    public boolean mayBeSentAgain() {
        return false;
    }

    @Override
    public boolean claimTask() {
        return request.claimTask();
    }

    @Override
    public ProtocolVersion version() {
        return request.version();
    }

    @Override
    public String sessionId() {
        return request.sessionId();
    }

    @Override
    public Caller caller() {
        return request.caller();
    }

    @Override
    public ClientCapabilities capabilities() {
        return request.capabilities();
    }

    @Override
    public Consumer<Topic> announcer() {
        return request.announcer();
    }

    @Override
    public void onSessionEnd(Runnable action) {
        request.onSessionEnd(action);
    }

    @Override
    public @Nullable ObjectNode clientInfo() {
        return request.clientInfo();
    }

    @Override
    public ObjectNode params() {
        return request.params();
    }

    @Override
    public ObjectNode meta() {
        return request.meta();
    }

    @Override
    public boolean isCancelled() {
        return request.isCancelled();
    }

    @Override
    public void onCancel(Runnable action) {
        request.onCancel(action);
    }

    @Override
    public void progress(double progress, @Nullable Double total, @Nullable String message) {
        request.progress(progress, total, message);
    }

    @Override
    public void log(LogLevel level, @Nullable String logger, JsonNode data) {
        request.log(level, logger, data);
    }

    @Override
    public ObjectNode ask(InputRequest question) throws InterruptedException {
        return request.ask(question);
    }
}
