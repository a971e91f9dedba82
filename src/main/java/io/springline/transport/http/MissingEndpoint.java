package io.springline.transport.http;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.transport.EndpointPaths;
import io.springline.transport.handshake.RequestAdmission;
import io.springline.transport.handshake.RequestAdmission.Admitted;
import io.springline.transport.handshake.RequestAdmission.Refused;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Answers requests to paths without an endpoint. A caller with a valid credential gets 404 and the
 * endpoints that it may use; anyone else gets the same refusal as at every endpoint.
 */
final class MissingEndpoint {

    private final EndpointPaths paths;
    private final RequestAdmission admission;
    private final HttpErrors errors;

    MissingEndpoint(EndpointPaths paths, RequestAdmission admission, HttpErrors errors) {
        this.paths = paths;
        this.admission = admission;
        this.errors = errors;
    }

    boolean matches(ServerRequest request) {
        return !paths.exists(request.pathVariable("endpoint"))
                && !"websocket".equalsIgnoreCase(request.headers().firstHeader("Upgrade"));
    }

    ServerResponse answer(ServerRequest request) {
        return switch (admission.admit(request.servletRequest())) {
            case Refused(var status, var text, var headers) -> {
                var response = response(status);
                headers.forEach(response::header);
                yield response.body(error(text));
            }
            case Admitted admitted -> {
                admitted.release().run();
                String text = paths.notFound(request.uri().getRawPath(), admitted.caller());
                yield response(404).body(error(text));
            }
        };
    }

    private static ServerResponse.BodyBuilder response(int status) {
        return ServerResponse.status(status)
                .contentType(MediaType.APPLICATION_JSON)
                .cacheControl(CacheControl.noStore());
    }

    private byte[] error(String text) {
        return errors.encode(new ErrorResponse(null, ErrorCode.INVALID_REQUEST.error(text)));
    }
}
