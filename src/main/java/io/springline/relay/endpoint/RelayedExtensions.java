package io.springline.relay.endpoint;

import io.springline.feature.RequestContext;
import io.springline.feature.endpoint.Extensions;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.McpExtensions;
import io.springline.relay.call.RelayedCalls;
import io.springline.relay.call.Repeat;
import io.springline.relay.upstream.Upstream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The extensions of the upstreams of one endpoint, and their methods.
 *
 * <p>The methods of skills are known: lists are joined, other methods go to the upstream that the
 * URI names. All other methods pass unchanged if the endpoint serves one upstream only, and an
 * extension of that upstream is configured to pass. Thread-safe.
 */
final class RelayedExtensions implements Extensions.Source {

    private static final Logger log = LoggerFactory.getLogger(RelayedExtensions.class);

    private static final String SKILLS_LIST = "skills/list";
    private static final Set<String> SKILL_METHODS =
            Set.of(SKILLS_LIST, "skills/get", "resources/directory/read");

    /** The maximum number of skills of one upstream in a list. */
    private static final int MAX_SKILLS = 1000;

    /** The maximum number of pages of one upstream's skills. */
    private static final int MAX_PAGES = 50;

    /** The time after which a joined list is answered without the upstreams that are slower. */
    private static final long LIST_SECONDS = 10;

    private final Supplier<Map<Upstream, RelayedCalls>> upstreams;
    private final boolean together;

    /**
     * @param together whether the endpoint serves several upstreams
     */
    RelayedExtensions(Supplier<Map<Upstream, RelayedCalls>> upstreams, boolean together) {
        this.upstreams = upstreams;
        this.together = together;
    }

    @Override
    public ObjectNode offered(Predicate<String> usable) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        for (Upstream each : upstreams.get().keySet()) {
            ObjectNode offered = each.offeredExtensions();
            if (!offered.isEmpty() && usable.test(each.name())) {
                Extensions.merge(all, offered);
            }
        }
        return all;
    }

    @Override
    public boolean serves(String method) {
        return upstreams.get().keySet().stream().anyMatch(each -> serves(each, method));
    }

    private boolean serves(Upstream upstream, String method) {
        ObjectNode offered = upstream.offeredExtensions();
        return SKILL_METHODS.contains(method)
                ? offered.has(McpExtensions.SKILLS)
                : !together && upstream.extensions().configured().stream().anyMatch(offered::has);
    }

    @Override
    public @Nullable ObjectNode call(
            RequestContext context, String method, Predicate<String> usable)
            throws InterruptedException {
        List<Map.Entry<Upstream, RelayedCalls>> serving =
                upstreams.get().entrySet().stream()
                        .filter(each -> serves(each.getKey(), method))
                        .filter(each -> usable.test(each.getKey().name()))
                        .toList();
        if (method.equals(SKILLS_LIST)) {
            return listSkills(context, serving);
        }
        Repeat repeat = Repeat.allowedIf(SKILL_METHODS.contains(method));
        JsonRpcException failed = null;
        for (Map.Entry<Upstream, RelayedCalls> each : serving) {
            try {
                ObjectNode result = each.getValue().extension(context, method, repeat);
                if (result != null) {
                    return result;
                }
            } catch (JsonRpcException e) {
                failed = e;
            }
        }
        if (failed != null) {
            throw failed;
        }
        return null;
    }

    /** Joins the lists of all upstreams, without those of upstreams that fail or are too slow. */
    private static ObjectNode listSkills(
            RequestContext context, List<Map.Entry<Upstream, RelayedCalls>> serving)
            throws InterruptedException {
        var reads = new ArrayList<Callable<ArrayNode>>();
        serving.forEach(each -> reads.add(() -> skills(context, each.getValue())));
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        ArrayNode all = result.putArray("skills");
        ExecutionException failed = null;
        boolean any = serving.isEmpty();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ArrayNode>> lists =
                    threads.invokeAll(reads, LIST_SECONDS, TimeUnit.SECONDS);
            for (int i = 0; i < lists.size(); i++) {
                try {
                    all.addAll(lists.get(i).get());
                    any = true;
                } catch (ExecutionException e) {
                    failed = e;
                    log.debug("Upstream '{}': {}", serving.get(i).getKey().name(), e.getMessage());
                } catch (CancellationException e) {
                    log.debug("Upstream '{}': skills too slow", serving.get(i).getKey().name());
                }
            }
        }
        if (!any && failed != null && failed.getCause() instanceof JsonRpcException error) {
            throw error;
        }
        return result;
    }

    private static ArrayNode skills(RequestContext context, RelayedCalls calls)
            throws InterruptedException {
        ArrayNode skills = JsonNodeFactory.instance.arrayNode();
        var cursors = new HashSet<String>();
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        for (int page = 0; page < MAX_PAGES && skills.size() < MAX_SKILLS; page++) {
            JsonNode result = calls.extension(context, SKILLS_LIST, params, Repeat.ALLOWED);
            result.path("skills").valueStream().limit(MAX_SKILLS).forEach(skills::add);
            String cursor = result.path("nextCursor").asString("");
            if (cursor.isEmpty() || !cursors.add(cursor)) {
                break;
            }
            params = JsonNodeFactory.instance.objectNode().put("cursor", cursor);
        }
        return skills;
    }
}
