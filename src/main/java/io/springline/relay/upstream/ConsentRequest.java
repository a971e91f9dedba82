package io.springline.relay.upstream;

import io.springline.feature.InputRefusedException;
import io.springline.feature.RequestContext;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.ProtocolVersion;
import io.springline.relay.auth.Consents;
import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.catalogue.UpstreamCatalogue.Entries;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.client.UpstreamException;
import io.springline.session.Caller;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks callers for their consent to calls of one upstream: by a URL elicitation, or by a link in an
 * error if the client cannot do that.
 */
public record ConsentRequest(String upstream, Consents consents) {

    /** The key of the question among those of the upstream. */
    public static final String KEY = "springline/consent";

    /** The maximum wait of a call. The call can be repeated afterwards. */
    private static final Duration WAIT = Duration.ofMinutes(4);

    public static @Nullable ConsentRequest of(Upstream upstream) {
        Consents consents = upstream.credentials().consents();
        return consents == null ? null : new ConsentRequest(upstream.name(), consents);
    }

    /** Returns false for an anonymous caller, too: it cannot be asked. */
    boolean isMissing(Caller caller) {
        return !caller.isAnonymous() && !caller.isUnidentified() && !consents.isGiven(caller);
    }

    /**
     * Returns the question to the caller; null if it has consented. If the client has shown the
     * link, blocks until the caller has consented.
     *
     * @throws InputRefusedException if the caller does not consent, or cannot be asked; the message
     *     contains the link
     * @throws JsonRpcException if the store of consents cannot be reached
     */
    public @Nullable InputRequired ask(RequestContext context) throws InterruptedException {
        try {
            return askOrWait(context);
        } catch (UpstreamException e) {
            throw ErrorCode.INTERNAL_ERROR.exception(String.valueOf(e.getMessage()));
        }
    }

    private @Nullable InputRequired askOrWait(RequestContext context) throws InterruptedException {
        Caller caller = context.caller();
        if (!isMissing(caller)) {
            return null;
        }
        ObjectNode answer = context.answers().get(KEY);
        if (answer == null && canOpenUrls(context)) {
            return InputRequired.of(KEY, question(caller));
        }
        if (answer != null) {
            if (!answer.path("action").asString("").equals("accept")) {
                throw new InputRefusedException(
                        "Upstream '%s' was not called: you did not consent".formatted(upstream));
            }
            Duration all = consents.lifetime();
            if (consents.await(caller, all.compareTo(WAIT) < 0 ? all : WAIT)) {
                return null;
            }
        }
        throw new InputRefusedException(consents.request(upstream, caller));
    }

    private static boolean canOpenUrls(RequestContext context) {
        return context.capabilities().elicitationUrl()
                && context.version().isAtLeast(ProtocolVersion.V2025_11_25);
    }

    private InputRequest question(Caller caller) {
        return new InputRequest(
                InputRequest.Kind.ELICITATION,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("mode", "url")
                        .put(
                                "message",
                                "The server '%s' needs your consent to be called on your behalf."
                                        .formatted(upstream))
                        .put("url", consents.page(caller).toString()));
    }

    /** Returns what a caller has to do. Makes no link: this is for lists, too. */
    String reason() {
        return "Upstream '%s' needs your consent: call its tool %s".formatted(upstream, tool());
    }

    /** Returns the name of the tool that a caller sees in place of those of the upstream. */
    public String tool() {
        return "connect_" + upstream;
    }

    /** Returns the lists of a caller that has not consented: one tool, which asks for it. */
    UpstreamCatalogue catalogue() {
        ObjectNode tool =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("name", tool())
                        .put(
                                "description",
                                "Asks the user to let this service use the server '%s' on the user's behalf. Its tools are listed afterwards."
                                        .formatted(upstream));
        tool.putObject("inputSchema").put("type", "object");
        ObjectNode capabilities = JsonNodeFactory.instance.objectNode();
        capabilities.putObject("tools");
        return new UpstreamCatalogue(
                Map.of(CatalogueList.TOOLS, Entries.complete(List.of(tool))), capabilities, "");
    }
}
