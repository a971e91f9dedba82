package io.springline.relay.http;

import java.io.IOException;
import org.eclipse.jetty.client.ProcessingProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;

/**
 * Skips interim responses (RFC 9110, 15.2), whatever their status is. A request with more than
 * {@value #MOST} of them fails: they are read on a thread that all upstreams share.
 */
final class InterimResponses extends ProcessingProtocolHandler {

    /** The most interim responses of one request. */
    static final int MOST = 20;

    private static final String COUNT = InterimResponses.class.getName();

    @Override
    public String getName() {
        return "interim";
    }

    @Override
    public boolean accept(Request request, Response response) {
        int status = response.getStatus();
        return status / 100 == 1 && status != HttpStatus.SWITCHING_PROTOCOLS_101;
    }

    @Override
    protected void onProcessing(Request request, HttpFields headers) {
        int count = request.getAttributes().get(COUNT) instanceof Integer before ? before + 1 : 1;
        request.attribute(COUNT, count);
        if (count > MOST) {
            request.abort(new IOException("more than %d interim responses".formatted(MOST)));
        }
    }
}
