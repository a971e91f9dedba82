package io.springline.toolcall.approval;

import io.springline.auth.access.Wildcard;
import io.springline.feature.Tool;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Approval of tool calls, before they run.
 *
 * @param rules which calls need an approval. The first rule that matches a tool applies
 * @param approveUrl URL of a service that approves calls, in place of the person at the client:
 *     {@code https}, or {@code http} on this machine. If it is not set, the client is asked by
 *     elicitation
 * @param approveKey secret of at least 32 characters that signs the requests to {@code approve-url}
 *     (HMAC-SHA256)
 * @param approveTimeout maximum time for the answer of {@code approve-url}, 100 ms to 10 min. After
 *     that, the call is refused
 */
@ConfigurationProperties(prefix = "springline.approval", ignoreUnknownFields = false)
record ApprovalProperties(
        @DefaultValue List<Rule> rules,
        @Nullable URI approveUrl,
        @Nullable String approveKey,
        @DefaultValue("30s") Duration approveTimeout) {

    private static final int MIN_KEY_LENGTH = 32;

    ApprovalProperties {
        rules = List.copyOf(rules);
        for (int i = 0; i < rules.size(); i++) {
            rules.get(i).check("springline.approval.rules[%d]".formatted(i));
        }
        if (approveUrl != null) {
            checkUrl(approveUrl);
            if (approveKey == null || approveKey.length() < MIN_KEY_LENGTH) {
                throw new IllegalArgumentException(
                        "springline.approval.approve-key: must have at least %d characters, since approve-url is set"
                                .formatted(MIN_KEY_LENGTH));
            }
        }
        if (approveTimeout.toMillis() < 100 || approveTimeout.toMinutes() > 10) {
            throw new IllegalArgumentException(
                    "springline.approval.approve-timeout: must be 100ms to 10m, not %s"
                            .formatted(approveTimeout));
        }
    }

    private static void checkUrl(URI url) {
        boolean local = List.of("localhost", "127.0.0.1", "[::1]").contains(url.getHost());
        if (url.getHost() == null
                || url.getUserInfo() != null
                || !("https".equals(url.getScheme()) || local && "http".equals(url.getScheme()))) {
            throw new IllegalArgumentException(
                    "springline.approval.approve-url: must be an https URL, or an http URL of this machine");
        }
    }

    /** Without the key and the URL. */
    @Override
    public String toString() {
        return "ApprovalProperties[%d rules]".formatted(rules.size());
    }

    /**
     * One rule. It matches a tool that fulfils all conditions that are set; at least one must be.
     *
     * @param tools names of tools; {@code *} stands for any characters. A tool is matched by each
     *     of its names: at this endpoint, before a rename, and at its upstream, alone and with the
     *     upstream's name in front
     * @param upstreams names of upstreams; {@code *} stands for any characters, {@code local} for
     *     the tools of this service itself
     * @param destructive if true, matches tools that may destroy something: as MCP defines it, all
     *     tools but those with {@code readOnlyHint: true} or {@code destructiveHint: false}, as the
     *     endpoint shows them
     * @param lifetime maximum time from the question until the approved call starts, 1 s to 1 h
     */
    record Rule(
            @DefaultValue List<String> tools,
            @DefaultValue List<String> upstreams,
            @DefaultValue("false") boolean destructive,
            @DefaultValue("5m") Duration lifetime) {

        private static final String LOCAL = "local";

        Rule {
            tools = List.copyOf(tools);
            upstreams = List.copyOf(upstreams);
        }

        void check(String key) {
            if (tools.isEmpty() && upstreams.isEmpty() && !destructive) {
                throw new IllegalArgumentException(
                        "%s: matches nothing. Set tools, upstreams or destructive: true"
                                .formatted(key));
            }
            if (lifetime.toMillis() < 1000 || lifetime.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException(
                        "%s.lifetime: must be 1s to 1h, not %s".formatted(key, lifetime));
            }
        }

        boolean matches(Tool tool) {
            String upstream = tool.upstream() == null ? LOCAL : tool.upstream();
            return (tools.isEmpty()
                            || Wildcard.anyMatches(tools, List.of(tool.name()))
                            || Wildcard.anyMatches(tools, tool.aliases()))
                    && (upstreams.isEmpty() || Wildcard.anyMatches(upstreams, List.of(upstream)))
                    && (!destructive || isDestructive(tool));
        }

        private static boolean isDestructive(Tool tool) {
            var hints = tool.definition().path("annotations");
            return !hints.path("readOnlyHint").asBoolean(false)
                    && hints.path("destructiveHint").asBoolean(true);
        }
    }
}
