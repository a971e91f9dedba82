package io.springline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Configuration;

/** A service that is told nonsense does not start, and its message names the property. */
class ConfigurationRefusalTest {

    /** What the rooms make of their properties, and one of each class that is bound. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    springline.websocket.max-conections=5             | max-conections
                    springline.requests.max-in-flight=0               | maxInFlight
                    springline.session.max-detached=-1                | maxDetached
                    springline.features.page-size=0                   | pageSize
                    springline.auth.tokens[0].hash=sha256:00          | tokens
                    spring.security.oauth2.resourceserver.jwt.jwk-set-uri=http://localhost/ | audiences
                    springline.drain.delay=25s                        | springline.drain.delay
                    springline.relay.upstreams.x.prefix=true          | command or url
                    springline.relay.upstreams.x.url=ftp://h/         | http or https
                    springline.relay.upstreams.[a/b].command=c        | name
                    springline.relay.upstreams.x.transport=sse        | command or url
                    springline.relay.upstreams.x.url=http://h_h/      | host name
                    springline.relay.config-file=nowhere.json         | nowhere.json
                    server.address=0.0.0.0                            | server.address
                    """)
    void refusesToStartAndNamesTheProperty(String property, String named) {
        assertThatItsRefusalNames(SpringlineApplication.class, property, named);
    }

    /** The service binds each of these classes: see above. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    springline.websocket.path=mcp                     | path
                    springline.websocket.path=/a b                    | path
                    springline.websocket.max-connections=-1           | maxConnections
                    springline.websocket.max-connections=many         | max-connections
                    springline.websocket.heartbeat.interval=0s        | interval
                    springline.websocket.max-message-size=1B          | max-message-size
                    springline.websocket.allowed-origins=http//x y    | allowed-origins
                    springline.requests.rate=fast                     | rate
                    springline.requests.rate=0/s                      | rate
                    springline.requests.timeout=soon                  | timeout
                    springline.requests.state-keys=short              | state-keys
                    springline.auth.public-url=mcp.example.com        | public-url
                    springline.auth.ticket.lifetime=1h                | lifetime
                    springline.auth.rules[0].tools=x                  | rules
                    springline.auth.rules[0].roles=x                  | rules
                    springline.auth.in-band.deadline=0s               | deadline
                    springline.websocket.trusted-proxies=proxy        | trusted-proxies
                    springline.websocket.connection-rate-per-address=5| connection-rate
                    springline.websocket.max-bytes-per-second=1KB     | max-bytes-per-second
                    springline.drain.timeout=-1s                      | timeout
                    springline.drain.close-rate=0/s                   | close-rate
                    springline.websocket.max-age=10ms                 | maxAge
                    springline.relay.upstreams.x.mode=both            | mode
                    """)
    void bindsNoNonsense(String property, String named) {
        assertThatItsRefusalNames(Properties.class, property, named);
    }

    /** All that the rooms bind, and nothing that is built from it. */
    @Configuration(proxyBeanMethods = false)
    @ConfigurationPropertiesScan
    static class Properties {}

    private static void assertThatItsRefusalNames(
            Class<?> application, String property, String named) {
        var arguments = new ArrayList<>(List.of("--server.port=0", "--" + property));
        if (property.contains("tokens[0]")) {
            arguments.add("--springline.auth.tokens[0].name=ada");
        }
        Throwable failure = startupFailure(application, arguments.toArray(String[]::new));
        var messages = new StringBuilder();
        for (Throwable each = failure; each != null; each = each.getCause()) {
            messages.append(each).append('\n');
        }
        assertThat(failure).as(property).isNotNull();
        assertThat(messages.toString()).contains(named);
    }

    private static Throwable startupFailure(Class<?> application, String... arguments) {
        var starting = new SpringApplication(application);
        if (application == Properties.class) {
            starting.setWebApplicationType(WebApplicationType.NONE);
        }
        try (var context = starting.run(arguments)) {
            return context.isActive() ? null : new IllegalStateException("not active");
        } catch (RuntimeException e) {
            return e;
        }
    }
}
