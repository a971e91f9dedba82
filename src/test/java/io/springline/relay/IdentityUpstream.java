package io.springline.relay;

import io.springline.relay.TestHttpUpstream.Asked;
import io.springline.relay.TestHttpUpstream.Script;
import io.springline.testing.TestAuthorizationServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A legacy HTTP upstream with sessions whose tool {@code whoami} answers with the subject of the
 * token that it gets. A token that is not valid, or not of the session's subject, gets 401.
 */
final class IdentityUpstream implements Script {

    static final String AUDIENCE = "https://files.example.com/mcp";

    private final JwtDecoder decoder;
    private final String audience;
    private final Map<String, String> subjectBySession = new ConcurrentHashMap<>();
    final Set<String> revoked = ConcurrentHashMap.newKeySet();
    final Set<String> seenTokens = ConcurrentHashMap.newKeySet();
    final AtomicInteger crossed = new AtomicInteger();

    IdentityUpstream(TestAuthorizationServer server) {
        this(server, AUDIENCE);
    }

    IdentityUpstream(TestAuthorizationServer server, String audience) {
        this.decoder = server.decoder();
        this.audience = audience;
    }

    @Override
    public void answer(Asked asked) throws Exception {
        String header = String.valueOf(asked.header("Authorization"));
        String token = header.startsWith("Bearer ") ? header.substring(7) : "";
        Jwt jwt;
        try {
            jwt = decoder.decode(token);
        } catch (JwtException e) {
            asked.status(401);
            return;
        }
        seenTokens.add(token);
        if (!jwt.getAudience().equals(List.of(audience)) || revoked.contains(token)) {
            asked.status(401);
            return;
        }
        String session = asked.header("Mcp-Session-Id");
        if (session != null && !jwt.getSubject().equals(subjectBySession.get(session))) {
            crossed.incrementAndGet();
            asked.status(403);
            return;
        }
        switch (asked.verb()) {
            case "DELETE" -> {
                subjectBySession.remove(session);
                asked.status(204);
            }
            case "GET" -> asked.status(405);
            default -> post(asked, jwt);
        }
    }

    private void post(Asked asked, Jwt jwt) throws Exception {
        switch (asked.method()) {
            case "initialize" -> {
                String id = "s" + asked.body().get("id").hashCode() + "-" + System.nanoTime();
                subjectBySession.put(id, jwt.getSubject());
                asked.set("Mcp-Session-Id", id);
                asked.result(
                        """
                        {"protocolVersion":"2025-11-25","serverInfo":{"name":"files","version":"1"},
                        "capabilities":{"tools":{}}}\
                        """);
            }
            case "tools/list" ->
                    asked.result(
                            """
                            {"tools":[{"name":"whoami","inputSchema":{"type":"object"},
                            "annotations":{"readOnlyHint":true}},
                            {"name":"of_%s","inputSchema":{"type":"object"}}]}\
                            """
                                    .formatted(jwt.getSubject()));
            case "tools/call" ->
                    asked.result(
                            "{\"content\":[{\"type\":\"text\",\"text\":%s}]}"
                                    .formatted(
                                            JsonMapper.shared()
                                                    .writeValueAsString(jwt.getSubject())));
            default -> {
                if (asked.body().has("id")) {
                    asked.json(
                            200,
                            "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}"
                                    .formatted(asked.body().get("id")));
                } else {
                    asked.status(202);
                }
            }
        }
    }
}
