package io.springline.ops.console;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * The page in which the console shows an MCP App. It has an origin of its own, so that nothing of
 * the console can be reached from it, and a policy with the origins that the app declares.
 */
final class AppFrame {

    private static final ClassPathResource PAGE = new ClassPathResource("console/app-frame.html");
    private static final int MAX_ORIGINS = 32;
    private static final Pattern ORIGIN =
            Pattern.compile("(https?|wss?)://([*][.])?[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?");

    private AppFrame() {}

    /** Serves the page. Repeated parameters have the origins that the app may use. */
    static ServerResponse page(ServerRequest request) {
        return ServerResponse.ok()
                .contentType(MediaType.TEXT_HTML)
                .header("Content-Security-Policy", policy(request.params()))
                .header("Referrer-Policy", "no-referrer")
                .header("Cross-Origin-Resource-Policy", "same-origin")
                .body(PAGE);
    }

    /** Returns the policy. Texts that are not origins are left out. */
    static String policy(Map<String, List<String>> params) {
        String resources = origins(params, "resource");
        return "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'%1$s;"
                        .formatted(resources)
                + " style-src 'unsafe-inline'%1$s; img-src data: blob:%1$s; font-src data:%1$s;"
                        .formatted(resources)
                + " media-src data: blob:%1$s;".formatted(resources)
                + " connect-src%s; frame-src%s; base-uri%s; form-action 'none';"
                        .formatted(
                                orNone(origins(params, "connect")),
                                orNone(origins(params, "frame")),
                                orNone(origins(params, "base")))
                + " frame-ancestors 'self'";
    }

    private static String orNone(String origins) {
        return origins.isEmpty() ? " 'none'" : origins;
    }

    private static String origins(Map<String, List<String>> params, String name) {
        var origins = new StringBuilder();
        params.getOrDefault(name, List.of()).stream()
                .filter(each -> ORIGIN.matcher(each).matches())
                .limit(MAX_ORIGINS)
                .forEach(each -> origins.append(' ').append(each));
        return origins.toString();
    }
}
