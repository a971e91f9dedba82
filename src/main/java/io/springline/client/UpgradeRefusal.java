package io.springline.client;

import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.websocket.core.client.UpgradeListener;
import org.jspecify.annotations.Nullable;

/** Records the response of a server that refuses the upgrade. */
final class UpgradeRefusal implements UpgradeListener {

    private volatile @Nullable ReconnectDecision decision;

    @Override
    public void onHandshakeResponse(Request request, Response response) {
        if (response.getStatus() != 101) {
            String retryAfter = response.getHeaders().get("Retry-After");
            decision = CloseCodes.ofStatus(response.getStatus(), retryAfter);
        }
    }

    /** Returns null if the server has not refused the upgrade. */
    @Nullable ReconnectDecision decision() {
        return decision;
    }
}
