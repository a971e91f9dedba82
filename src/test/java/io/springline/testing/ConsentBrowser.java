package io.springline.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A user's browser, without JavaScript: opens the link to a consent, signs in at the authorization
 * server, and comes back. The public URL of the service leads to a port of this machine.
 */
public final class ConsentBrowser {

    public static final String PUBLIC_URL = "https://mcp.example.com";

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Pattern CSRF = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"");

    private int servicePort;
    private final Map<String, String> cookies = new TreeMap<>();

    public ConsentBrowser(int servicePort) {
        this.servicePort = servicePort;
    }

    /** From now on, the public URL leads to another replica. */
    public void useReplica(int port) {
        servicePort = port;
    }

    /** Presents the token on the page of the link. */
    public HttpResponse<String> open(String link, String token) throws Exception {
        String id = link.substring(link.indexOf("?link=") + 6);
        return send(
                HttpRequest.newBuilder(
                                URI.create(PUBLIC_URL + "/springline/consent/api/links/" + id))
                        .header("Authorization", "Bearer " + token)
                        .POST(BodyPublishers.noBody()));
    }

    /** Presents the token, and returns where the page sends the user. */
    public URI begin(String link, String token) throws Exception {
        HttpResponse<String> answer = open(link, token);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode json = JsonMapper.shared().readTree(answer.body());
        return URI.create(json.path("url").asString());
    }

    /** Signs in at the authorization server, and returns where that sends the user. */
    public URI signIn(URI authorization, String user) throws Exception {
        URI next = authorization;
        for (int i = 0; i < 10 && !next.toString().startsWith(PUBLIC_URL); i++) {
            HttpResponse<String> answer = send(HttpRequest.newBuilder(next));
            if (answer.statusCode() == 200) {
                Matcher csrf = CSRF.matcher(answer.body());
                assertThat(csrf.find()).as(answer.body()).isTrue();
                answer =
                        send(
                                HttpRequest.newBuilder(next)
                                        .header("Content-Type", "application/x-www-form-urlencoded")
                                        .POST(
                                                BodyPublishers.ofString(
                                                        "username=%s&password=pw&_csrf=%s"
                                                                .formatted(
                                                                        user,
                                                                        URLEncoder.encode(
                                                                                csrf.group(1),
                                                                                StandardCharsets
                                                                                        .UTF_8)))));
            }
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(302);
            next = next.resolve(answer.headers().firstValue("Location").orElseThrow());
        }
        return next;
    }

    /** Comes back to the service. */
    public HttpResponse<String> back(URI callback) throws Exception {
        return send(HttpRequest.newBuilder(callback));
    }

    /** All of it, as one user. */
    public HttpResponse<String> consent(String link, String token, String user) throws Exception {
        return back(signIn(begin(link, token), user));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        URI url = request.copy().build().uri();
        boolean service = url.toString().startsWith(PUBLIC_URL);
        String site = service ? "service " : "server ";
        if (service) {
            request.uri(
                    URI.create(
                            "http://127.0.0.1:"
                                    + servicePort
                                    + url.toString().substring(PUBLIC_URL.length())));
        }
        String sent =
                cookies.entrySet().stream()
                        .filter(each -> each.getKey().startsWith(site))
                        .map(each -> each.getKey().substring(site.length()) + "=" + each.getValue())
                        .collect(Collectors.joining("; "));
        if (!sent.isEmpty()) {
            request.header("Cookie", sent);
        }
        if (!request.copy().build().headers().map().containsKey("Accept")) {
            request.header("Accept", "text/html");
        }
        HttpResponse<String> answer = HTTP.send(request.build(), BodyHandlers.ofString());
        for (String each : answer.headers().allValues("Set-Cookie")) {
            String[] pair = each.split(";", 2)[0].split("=", 2);
            cookies.put(site + pair[0], pair[1]);
        }
        return answer;
    }
}
