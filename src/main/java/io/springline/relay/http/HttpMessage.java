package io.springline.relay.http;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.jspecify.annotations.Nullable;

/**
 * A repeatable HTTP request to an upstream.
 *
 * @param method the HTTP method
 * @param body null for a request without a body
 */
record HttpMessage(String method, URI url, Map<String, String> headers, byte @Nullable [] body) {

    /** Returns this request with additional headers. */
    HttpMessage with(Map<String, String> added) {
        if (added.isEmpty()) {
            return this;
        }
        var all = new LinkedHashMap<>(headers);
        all.putAll(added);
        return new HttpMessage(method, url, all, body);
    }

    /** Returns a request to {@code target} without an idle timeout. */
    Request request(HttpClient client, URI target) {
        Request request =
                client.newRequest(target)
                        .method(method)
                        .followRedirects(false)
                        .idleTimeout(0, TimeUnit.MILLISECONDS)
                        .headers(fields -> headers.forEach(fields::put));
        return body == null
                ? request
                : request.body(new BytesRequestContent(HttpMessageMapper.JSON, body));
    }

    @Override
    public String toString() {
        return "%s %s".formatted(method, url);
    }
}
