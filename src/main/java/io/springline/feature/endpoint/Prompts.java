package io.springline.feature.endpoint;

import io.springline.feature.Prompt;
import io.springline.feature.RequestContext;
import io.springline.feature.result.PromptOutcome;
import io.springline.feature.schema.Params;
import io.springline.jsonrpc.ErrorCode;
import io.springline.mcp.Topic;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The prompts of an endpoint, in order of registration. May be changed while the server runs;
 * clients then get a notification. Thread-safe.
 */
public final class Prompts {

    private final Listing<Prompt> prompts;
    private final ChangeAnnouncer announcer;

    /**
     * @param announcer publishes change notifications
     * @param pageSize entries per page of the list, at least 1
     */
    Prompts(ChangeAnnouncer announcer, int pageSize) {
        this.announcer = announcer;
        this.prompts = new Listing<>("Prompt", Prompt::name, Prompt::definition, pageSize);
    }

    /**
     * @throws IllegalArgumentException if a name is taken; then nothing has changed
     */
    public void add(Collection<Prompt> added) {
        replace(List.of(), added);
    }

    /**
     * Removes and adds prompts in one step, with one notification.
     *
     * @throws IllegalArgumentException if an added name is taken; then nothing has changed
     */
    public void replace(Collection<String> removed, Collection<Prompt> added) {
        if (prompts.change(removed, added)) {
            announceChange();
        }
    }

    /**
     * Does the same, for a change that every node makes by itself: only the clients of this node
     * are notified, so that each client gets one notification.
     */
    public void replaceHere(Collection<String> removed, Collection<Prompt> added) {
        if (prompts.change(removed, added)) {
            announceChangeHere();
        }
    }

    /** Notifies clients that definitions have changed although the names have not. */
    public void announceChange() {
        announcer.everywhere(new Topic.PromptsChanged());
    }

    /** Does the same for the clients of this node only, see {@link #replaceHere}. */
    public void announceChangeHere() {
        announcer.here(new Topic.PromptsChanged());
    }

    /** Returns all prompts, in order. */
    public List<Prompt> all() {
        return List.copyOf(prompts.all());
    }

    /** Returns the names of all prompts, in order. */
    public Set<String> names() {
        return prompts.keys();
    }

    /**
     * Returns the names by which access rules can match this prompt; empty if the session has no
     * prompt of this name.
     */
    public List<String> namesOf(String name, String session) {
        Prompt prompt = prompts.find(name, session);
        return prompt == null ? List.of() : Listing.names(name, prompt.aliases());
    }

    /** See {@link Features#joinGroup}. */
    void join(String session, String group) {
        prompts.join(session, group);
    }

    /** Removes a session from its group. */
    void leave(String session) {
        prompts.leave(session);
    }

    /**
     * Sets what some sessions see differently, by session id. Replaces all earlier offers, and
     * sends no notification.
     */
    public void offerToSessions(Map<String, SessionOffer<Prompt>> offers) {
        prompts.offerToSessions(offers);
    }

    /** Returns true if the session has a prompt of this name. */
    public boolean has(String name, String session) {
        return prompts.find(name, session) != null;
    }

    /**
     * Returns one page of the session's prompts.
     *
     * @param cursor null for the first page
     * @param visible filter on the names, or null for all
     */
    public Page list(@Nullable String cursor, @Nullable Predicate<String> visible, String session) {
        return prompts.page(cursor, visible, session);
    }

    @Nullable Prompt find(String name) {
        return prompts.find(name);
    }

    /**
     * Serves {@code prompts/get}.
     *
     * @throws io.springline.jsonrpc.JsonRpcException if the prompt is unknown or an argument is
     *     missing
     */
    public PromptOutcome get(RequestContext context, ObjectNode params) throws Exception {
        String name = Params.string(params, "name");
        Prompt prompt = prompts.find(name, context.sessionId());
        if (prompt == null) {
            throw ErrorCode.INVALID_PARAMS.exception("Unknown prompt: " + Params.shown(name));
        }
        Map<String, String> arguments = Params.strings(params, "arguments");
        for (String required : prompt.requiredArguments()) {
            if (!arguments.containsKey(required)) {
                throw Params.invalid("arguments." + required, "is required");
            }
        }
        return prompt.handler().get(context, arguments);
    }
}
