package io.springline.toolcall.limit;

import io.springline.auth.access.Wildcard;
import io.springline.feature.Tool;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Limits of tool calls. A call beyond a limit fails at once, with an error that says when to try
 * again; no call waits. With Redis, the nodes count together.
 *
 * @param rules all rules that match a call apply
 */
@ConfigurationProperties(prefix = "springline.call-limits", ignoreUnknownFields = false)
record CallLimitProperties(@DefaultValue List<Rule> rules) {

    CallLimitProperties {
        rules = List.copyOf(rules);
        for (int i = 0; i < rules.size(); i++) {
            rules.get(i).check("springline.call-limits.rules[%d]".formatted(i));
        }
    }

    /** What has a count of its own. */
    enum Per {
        /** Each principal. Anonymous clients are counted by address. */
        PRINCIPAL,
        /** Each tool of each upstream. */
        TOOL,
        /** Each upstream. */
        UPSTREAM,
        /** Each endpoint. */
        ENDPOINT
    }

    /**
     * One rule.
     *
     * @param tools names of tools; {@code *} stands for any characters. A tool is matched by each
     *     of its names, as in {@code springline.approval.rules}. If empty, all tools
     * @param upstreams names of upstreams; {@code *} stands for any characters, {@code local} for
     *     the tools of this service itself. If empty, all
     * @param endpoints names of the endpoints at which calls arrive, without the path; {@code *}
     *     stands for any characters. If empty, all, and {@code <path>} itself
     * @param per what has a count of its own: {@code principal}, {@code tool}, {@code upstream},
     *     {@code endpoint}, or several of them. If empty, all calls that match are counted together
     * @param rate maximum number of calls per period: {@code N/s}, {@code N/min}, {@code N/h} or
     *     {@code N/d}. As many calls may come at once
     * @param concurrent maximum number of calls that run at a time
     */
    record Rule(
            @DefaultValue List<String> tools,
            @DefaultValue List<String> upstreams,
            @DefaultValue List<String> endpoints,
            @DefaultValue Set<Per> per,
            @Nullable CallRate rate,
            @Nullable Integer concurrent) {

        private static final String LOCAL = "local";

        Rule {
            tools = List.copyOf(tools);
            upstreams = List.copyOf(upstreams);
            endpoints = List.copyOf(endpoints);
            per = Set.copyOf(per);
        }

        void check(String key) {
            if (rate == null && concurrent == null) {
                throw new IllegalArgumentException(
                        "%s: limits nothing. Set rate or concurrent".formatted(key));
            }
            if (concurrent != null && (concurrent < 1 || concurrent > 1_000_000)) {
                throw new IllegalArgumentException(
                        "%s.concurrent: must be 1 to 1000000, not %d".formatted(key, concurrent));
            }
        }

        boolean matches(Tool tool, String endpoint) {
            return (endpoints.isEmpty() || Wildcard.anyMatches(endpoints, List.of(endpoint)))
                    && (tools.isEmpty()
                            || Wildcard.anyMatches(tools, List.of(tool.name()))
                            || Wildcard.anyMatches(tools, tool.aliases()))
                    && (upstreams.isEmpty()
                            || Wildcard.anyMatches(upstreams, List.of(upstream(tool))));
        }

        private static String upstream(Tool tool) {
            String upstream = tool.upstream();
            return upstream == null ? LOCAL : upstream;
        }

        /** Returns a short name for what the rule matches and counts, the same on all nodes. */
        String scope() {
            String text =
                    List.of(
                                    tools,
                                    upstreams,
                                    endpoints,
                                    per.stream().map(Per::name).sorted().toList())
                            .toString();
            return UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
        }

        /** Returns the name of the count that a call belongs to. */
        String key(Tool tool, String endpoint, String client) {
            var key = new StringBuilder();
            if (per.contains(Per.ENDPOINT)) {
                key.append("/at/").append(endpoint);
            }
            if (per.contains(Per.UPSTREAM) || per.contains(Per.TOOL)) {
                key.append('/').append(upstream(tool));
            }
            if (per.contains(Per.TOOL)) {
                // A tool counts as the same under all its names.
                key.append('/')
                        .append(tool.aliases().isEmpty() ? tool.name() : tool.aliases().getFirst());
            }
            if (per.contains(Per.PRINCIPAL)) {
                key.append('/').append(client);
            }
            return key.toString();
        }
    }
}
