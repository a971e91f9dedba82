package io.springline.dispatch;

import io.springline.auth.access.AccessRules.Kind;
import io.springline.feature.endpoint.Features;
import io.springline.session.McpSession;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs the features that no access rule matches. Nobody may use them, which is rarely intended.
 * Each feature is logged once, and again if it has been away. Safe for use by many threads.
 */
final class RuleCoverage {

    private static final Logger log = LoggerFactory.getLogger(RuleCoverage.class);

    /** Most names per log line. The rest is logged as a number. */
    private static final int MAX_SHOWN = 20;

    private final AuthorizationGuard access;
    private final Features features;

    /** What the last check has found, by list. */
    private final Map<String, Set<String>> found = new ConcurrentHashMap<>();

    /**
     * @param features those of the main endpoint
     */
    RuleCoverage(AuthorizationGuard access, Features features) {
        this.access = access;
        this.features = features;
    }

    /** Checks the features that the endpoint has now. */
    void check() {
        check("tools", Kind.TOOL, features.tools().names());
        check("prompts", Kind.PROMPT, features.prompts().names());
        check("resources", Kind.RESOURCE, features.resources().uris());
        check("resource templates", Kind.RESOURCE, features.resources().uriTemplates());
    }

    private void check(String what, Kind kind, Collection<String> names) {
        var unnamed = new LinkedHashSet<String>();
        for (String name : names) {
            if (!access.isNamed(McpSession.MAIN_ENDPOINT, kind, name)) {
                unnamed.add(name);
            }
        }
        Set<String> before = found.put(what, unnamed);
        List<String> added =
                unnamed.stream().filter(name -> before == null || !before.contains(name)).toList();
        if (!added.isEmpty()) {
            String shown = String.join(", ", added.subList(0, Math.min(MAX_SHOWN, added.size())));
            int more = added.size() - MAX_SHOWN;
            log.warn(
                    "No rule in springline.auth.rules matches the {} {}{}, so nobody may use them."
                            + " Add a last rule for '*' to decide about everything that no other rule matches",
                    what,
                    shown,
                    more > 0 ? " and " + more + " more" : "");
        }
    }
}
