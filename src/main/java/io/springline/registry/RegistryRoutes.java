package io.springline.registry;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.util.DigestUtils;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import tools.jackson.databind.json.JsonMapper;

/** Serves the registry documents without authentication, with ETags. */
final class RegistryRoutes {

    private static final String CARD = "application/mcp-server-card+json";
    private static final String CACHE = "public, max-age=3600";

    private final Document serverJson;
    private final Document serverCard;

    private record Document(String type, byte[] body, String tag) {

        static Document of(String type, Map<String, Object> content) {
            byte[] body =
                    (JsonMapper.shared()
                                            .writerWithDefaultPrettyPrinter()
                                            .writeValueAsString(content)
                                    + "\n")
                            .getBytes(StandardCharsets.UTF_8);
            return new Document(type, body, '"' + DigestUtils.md5DigestAsHex(body) + '"');
        }
    }

    RegistryRoutes(RegistryDocuments documents) {
        this.serverJson = Document.of(MediaType.APPLICATION_JSON_VALUE, documents.serverJson());
        this.serverCard = Document.of(CARD, documents.serverCard());
    }

    /**
     * Returns the routes of both documents.
     *
     * @param path the path of the main endpoint; the card is also served below it
     */
    RouterFunction<ServerResponse> at(String path) {
        return RouterFunctions.route()
                .GET("/.well-known/mcp/server.json", request -> serve(request, serverJson))
                .GET("/.well-known/mcp/server-card.json", request -> serve(request, serverCard))
                .GET(path + "/server-card", request -> serve(request, serverCard))
                .build();
    }

    /** Replaces Spring Security's cache headers, which would forbid caching. */
    private static ServerResponse serve(ServerRequest request, Document document) {
        boolean unchanged = request.checkNotModified(document.tag).isPresent();
        return ServerResponse.status(unchanged ? HttpStatus.NOT_MODIFIED : HttpStatus.OK)
                .build((_, response) -> {
                    response.setHeader(HttpHeaders.ETAG, document.tag);
                    response.setHeader(HttpHeaders.CACHE_CONTROL, CACHE);
                    response.setHeader(HttpHeaders.PRAGMA, null);
                    response.setHeader(HttpHeaders.EXPIRES, null);
                    if (!unchanged) {
                        response.setContentType(document.type);
                        response.setContentLength(document.body.length);
                        response.getOutputStream().write(document.body);
                    }
                    return null;
                });
    }
}
