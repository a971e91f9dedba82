package io.springline.sdk;

import io.modelcontextprotocol.server.McpServerFeatures.SyncCompletionSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncPromptSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceTemplateSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.CompleteReference;
import io.modelcontextprotocol.spec.McpSchema.CompleteRequest;
import io.modelcontextprotocol.spec.McpSchema.CompleteRequest.CompleteArgument;
import io.modelcontextprotocol.spec.McpSchema.CompleteRequest.CompleteContext;
import io.modelcontextprotocol.spec.McpSchema.CompleteResult.CompleteCompletion;
import io.modelcontextprotocol.spec.McpSchema.GetPromptRequest;
import io.modelcontextprotocol.spec.McpSchema.PromptReference;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceRequest;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceResult;
import io.modelcontextprotocol.spec.McpSchema.ResourceReference;
import io.springline.feature.Completion;
import io.springline.feature.Completion.Reference;
import io.springline.feature.Completion.Suggestions;
import io.springline.feature.FeatureSource;
import io.springline.feature.InputRefusedException;
import io.springline.feature.Prompt;
import io.springline.feature.RequestContext;
import io.springline.feature.Resource;
import io.springline.feature.ResourceHandler;
import io.springline.feature.ResourceTemplate;
import io.springline.feature.Tool;
import io.springline.feature.result.Content;
import io.springline.feature.result.PromptResult;
import io.springline.feature.result.ResourceResult;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.security.access.AccessDeniedException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The specifications of both libraries as features: annotated beans first, then declared ones. */
final class SdkFeatures implements FeatureSource {

    private final AnnotatedBeans annotated;
    private final SpecificationBeans declared;

    SdkFeatures(AnnotatedBeans annotated, SpecificationBeans declared) {
        this.annotated = annotated;
        this.declared = declared;
    }

    @Override
    public List<Tool> tools() {
        return Stream.concat(
                        annotated.tools(),
                        declared.of(
                                SyncToolSpecification.class, SyncToolSpecification::callHandler))
                .map(SdkFeatures::tool)
                .toList();
    }

    @Override
    public List<Prompt> prompts() {
        return Stream.concat(
                        annotated.prompts(),
                        declared.of(
                                SyncPromptSpecification.class,
                                SyncPromptSpecification::promptHandler))
                .map(each -> prompt(each.specification(), each.origin()))
                .toList();
    }

    @Override
    public List<Resource> resources() {
        return Stream.concat(
                        annotated.resources(),
                        declared.of(
                                SyncResourceSpecification.class,
                                SyncResourceSpecification::readHandler))
                .map(each ->
                        new Resource(
                                SdkJson.definition(each.specification().resource()),
                                reader(each.specification().readHandler(), each.origin())))
                .toList();
    }

    @Override
    public List<ResourceTemplate> resourceTemplates() {
        return Stream.concat(
                        annotated.resourceTemplates(),
                        declared.of(
                                SyncResourceTemplateSpecification.class,
                                SyncResourceTemplateSpecification::readHandler))
                .map(each ->
                        new ResourceTemplate(
                                SdkJson.definition(each.specification().resourceTemplate()),
                                reader(each.specification().readHandler(), each.origin())))
                .toList();
    }

    @Override
    public List<Completion> completions() {
        return Stream.concat(
                        annotated.completions(),
                        declared.of(
                                SyncCompletionSpecification.class,
                                SyncCompletionSpecification::completionHandler))
                .map(each -> completion(each.specification(), each.origin()))
                .toList();
    }

    private static Tool tool(SdkSpecification<SyncToolSpecification> declared) {
        SyncToolSpecification tool = declared.specification();
        return new Tool(
                SdkJson.definition(tool.tool()),
                (context, arguments) -> call(tool, declared.origin(), context, arguments),
                declared.tasks());
    }

    /**
     * Calls a tool. A failure becomes a result with {@code isError} if its message may be sent to
     * the client; other exceptions are thrown, so that they are logged and the response contains no
     * message.
     */
    private static ToolResult call(
            SyncToolSpecification tool,
            ErrorOrigin origin,
            RequestContext context,
            ObjectNode arguments)
            throws Exception {
        var request =
                new CallToolRequest(tool.tool().name(), SdkJson.map(arguments), meta(context));
        try {
            return toolResult(SdkCall.run(origin, context, tool.callHandler(), request));
        } catch (InterruptedException
                | JsonRpcException
                | InputRefusedException
                | AccessDeniedException e) {
            throw e;
        } catch (Exception e) {
            String words = origin.publicMessage(e);
            if (words == null) {
                throw e;
            }
            return ToolResult.error(words);
        }
    }

    /** Returns the result. If it has structured content only, the content is added as text. */
    private static ToolResult toolResult(CallToolResult result) {
        ObjectNode json = SdkJson.object(result);
        ArrayNode content = json.withArray("content");
        JsonNode structured = json.path("structuredContent");
        if (content.isEmpty() && !structured.isMissingNode()) {
            content.add(Content.text(structured.toString()));
        }
        return new ToolResult(json);
    }

    private static Prompt prompt(SyncPromptSpecification prompt, ErrorOrigin origin) {
        return new Prompt(
                SdkJson.definition(prompt.prompt()),
                (context, arguments) -> {
                    var request =
                            new GetPromptRequest(
                                    prompt.prompt().name(),
                                    new HashMap<>(arguments),
                                    meta(context));
                    return new PromptResult(
                            SdkJson.object(
                                    SdkCall.run(origin, context, prompt.promptHandler(), request)));
                });
    }

    /**
     * Returns a handler that reads a resource. A missing resource is the SDK's error or an empty
     * result.
     */
    private static ResourceHandler reader(
            BiFunction<McpSyncServerExchange, ReadResourceRequest, ReadResourceResult> handler,
            ErrorOrigin origin) {
        return (context, uri, variables) -> {
            var request = new ReadResourceRequest(uri, meta(context));
            try {
                return contents(SdkJson.object(SdkCall.run(origin, context, handler, request)));
            } catch (JsonRpcException e) {
                if (e.error().code() == ErrorCode.RESOURCE_NOT_FOUND.code()) {
                    return null;
                }
                throw e;
            }
        };
    }

    private static @Nullable ResourceResult contents(ObjectNode json) {
        return json.path("contents").isEmpty() ? null : new ResourceResult(json);
    }

    private static Completion completion(
            SyncCompletionSpecification completion, ErrorOrigin origin) {
        CompleteReference reference = completion.referenceKey();
        return new Completion(
                reference(reference),
                (context, argument, value, resolved) -> {
                    var request =
                            new CompleteRequest(
                                    reference,
                                    new CompleteArgument(argument, value),
                                    meta(context),
                                    new CompleteContext(resolved));
                    return suggestions(
                            SdkCall.run(origin, context, completion.completionHandler(), request)
                                    .completion());
                });
    }

    private static Reference reference(CompleteReference reference) {
        return switch (reference) {
            case PromptReference prompt -> new Reference.ToPrompt(prompt.name());
            case ResourceReference resource -> new Reference.ToResource(resource.uri());
            default ->
                    throw new IllegalArgumentException(
                            "No completion for references of type " + reference.type());
        };
    }

    private static Suggestions suggestions(CompleteCompletion given) {
        return new Suggestions(given.values(), given.total(), Boolean.TRUE.equals(given.hasMore()));
    }

    private static Map<String, Object> meta(RequestContext context) {
        return SdkJson.map(context.meta());
    }
}
