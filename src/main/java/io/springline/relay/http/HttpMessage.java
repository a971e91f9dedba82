package io.springline.relay.http;

import java.net.URI;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP request to an upstream, which can be sent more than once.
 *
 * @param method of HTTP
 * @param body null for a request without one
 */
record HttpMessage(String method, URI url, Map<String, String> headers, byte @Nullable [] body) {

    /** Returns this message as one request to {@code target}, without a limit on silence. */
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
