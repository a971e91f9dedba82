package io.springline.auth.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Checks plain HTTP requests to operators' endpoints before their credential is looked at. */
public interface HttpRequestGuard {

    /**
     * Refuses a request whose Host is not allowed, or whose address sends too many.
     *
     * @param counted whether the request counts against the rate of its address
     * @return false if the request was refused; the response is complete then
     */
    boolean tryAdmit(HttpServletRequest request, HttpServletResponse response, boolean counted)
            throws IOException;

    /**
     * Returns true if the Host is on the allow-list and the Origin, if there is one, is that Host.
     * Without credentials nothing else stands between an operator's browser and the pages it shows.
     */
    boolean isSameOrigin(HttpServletRequest request);

    /** Records that the request had a credential that is not valid. */
    void authenticationFailed(HttpServletRequest request);
}
