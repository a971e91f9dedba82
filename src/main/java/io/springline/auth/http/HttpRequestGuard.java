package io.springline.auth.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Checks requests to operators' endpoints and plug-ins before their credential is checked. */
public interface HttpRequestGuard {

    /**
     * Refuses a request if its Host is not allowed, or if its address exceeds its rate limit.
     *
     * @param counted true if the request counts towards the rate limit of its address
     * @return false if the request was refused; its response is then complete
     */
    boolean tryAdmit(HttpServletRequest request, HttpServletResponse response, boolean counted)
            throws IOException;

    /**
     * Returns true if the Host is on the allow-list, and the Origin, if there is one, has that
     * Host. If no credentials are configured, only this check keeps web pages out that an
     * operator's browser shows.
     */
    boolean isSameOrigin(HttpServletRequest request);

    /** Writes to the audit log that the credential of the request is not valid. */
    void authenticationFailed(HttpServletRequest request);
}
