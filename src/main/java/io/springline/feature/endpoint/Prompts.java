package io.springline.feature.endpoint;

import io.springline.feature.Prompt;
import io.springline.feature.PromptOutcome;
import io.springline.feature.RequestContext;
import io.springline.feature.schema.Params;
import io.springline.jsonrpc.ErrorCode;
import io.springline.mcp.Topic;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The prompts of this server, in order of registration. May be changed while the server runs. */
public final class Prompts {

    private final Listing<Prompt> prompts;
    private final Consumer<Topic> announcer;

    /**
     * @param pageSize entries on one page of the list, at least 1
     */
    public Prompts(Consumer<Topic> announcer, int pageSize) {
        this.announcer = announcer;
        this.prompts = new Listing<>("Prompt", Prompt::name, Prompt::definition, pageSize);
    }

    /**
     * @throws IllegalArgumentException with nothing changed, when a name is taken
     */
    public void add(Collection<Prompt> added) {
        replace(List.of(), added);
    }

    /** One change, announced once. */
    public void replace(Collection<String> removed, Collection<Prompt> added) {
        if (prompts.change(removed, added)) {
            announceChange();
        }
    }

    /** Tells clients that the list is new, although the names are the same. */
    public void announceChange() {
        announcer.accept(new Topic.PromptsChanged());
    }

    /** The names of all prompts, in their order. */
    public Set<String> names() {
        return prompts.keys();
    }

    /**
     * Returns the names under which access rules name this prompt; empty if the session is not
     * offered such a prompt.
     */
    public List<String> namesOf(String name, String session) {
        Prompt prompt = prompts.find(name, session);
        return prompt == null ? List.of() : Listing.names(name, prompt.aliases());
    }

    /** Replaces what single sessions are offered differently, by session id. Announces nothing. */
    public void offerToSessions(Map<String, SessionOffer<Prompt>> offers) {
        prompts.offerToSessions(offers);
    }

    /** Returns true if the session is offered a prompt of this name. */
    public boolean has(String name, String session) {
        return prompts.find(name, session) != null;
    }

    /**
     * @param visible which names are shown; null for all
     * @param session as which session sees it
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
     * @throws io.springline.jsonrpc.JsonRpcException for an unknown prompt or a missing argument
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
