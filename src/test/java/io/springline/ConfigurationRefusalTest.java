package io.springline;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;

/**
 * A service that is told nonsense does not start. It says what is wrong, naming the property, and
 * what to do; without a stack trace.
 */
@ExtendWith(OutputCaptureExtension.class)
class ConfigurationRefusalTest {

    /** What the rooms make of their properties, and one of each class that is bound. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    springline.websocket.max-conections=5             | the nearest one is springline.websocket.max-connections
                    springline.websockets.path=/x                     | the nearest one is springline.websocket.path
                    springline.atach.enabled=true                     | springline.atach.enabled is not a property
                    sprinline.websocket.path=/x                       | sprinline.websocket.path is not a property of this service; the nearest one is springline.websocket.path
                    springline=5                                      | springline is not a property
                    springline_websocket_path=/x                      | springline_websocket_path is not a property
                    spring.config.import=file:src/test/resources/text.yml | A configuration file is a text without properties
                    logging.structured.format.console=xml             | logging.structured.format.console=xml: must be one of ecs, gelf, logstash
                    logging.file.name=/proc/none/x.log                | logging.file.name=/proc/none/x.log: this file cannot be written
                    logging.file.path=pom.xml                         | logging.file.path=pom.xml: no file can be written there
                    springline.console.enabld=false                   | the nearest one is springline.console.enabled
                    springline.cluster.redis.key-prefx=a              | the nearest one is springline.cluster.redis.key-prefix
                    springline.cluster.redis.node-lease=0s            | node-lease
                    springline.relay.upstreams.x.comand=c             | the nearest one is springline.relay.upstreams.x.command
                    springline.auth.rules[0].tool=c                   | the nearest one is springline.auth.rules[0].tools
                    springline.requests.max-in-flight=0               | max-in-flight=0
                    springline.session.max-detached=-1                | max-detached=-1
                    springline.features.page-size=0                   | page-size=0
                    springline.endpoints.a.tool=x                     | springline.endpoints.a.tool is not a property of this service
                    springline.endpoints.[a/b].upstreams=local        | springline.endpoints.a/b: the name must be 1 to 32
                    springline.endpoints.attach.upstreams=local       | springline.endpoints.attach: the name is reserved
                    springline.endpoints.TICKET.upstreams=local       | springline.endpoints.TICKET: the name is reserved
                    springline.endpoints.x.upstreams=local --springline.relay.upstreams.x.command=c | springline.endpoints.x: an upstream has this name
                    springline.endpoints.a.upstreams=docs             | springline.endpoints.a.upstreams: there is no upstream 'docs'
                    springline.endpoints.a.tools.include=docs/*       | springline.endpoints.a.tools.include 'docs/*': 'docs' is not one of the endpoint's upstreams
                    springline.endpoints.a.tools.exclude=readHint=true | springline.endpoints.a.tools.exclude 'readHint=true': an annotation is readOnlyHint
                    springline.endpoints.a.tools.rename.echo=a/b      | springline.endpoints.a.tools.rename.echo: a name has 1 to 128 characters
                    springline.endpoints.a.tools.rename.echo=e --springline.endpoints.a.tools.rename.b=e | get the same name 'e'
                    springline.endpoints.a.prompts.annotate.p.read-only-hint=true | springline.endpoints.a.prompts.annotate: only tools have hints
                    springline.endpoints.a.upstreams=local --springline.endpoints.a.tools.exclude=none* | springline.endpoints.a.tools.exclude 'none*' matches nothing
                    springline.endpoints.a.upstreams=local --springline.endpoints.a.tools.rename.echo=system_info | the new name 'system_info' of local/echo is taken
                    springline.auth.tokens[0].hash=sha256:00          | springline.auth.tokens[0]: the hash of 'ada' must be
                    spring.security.oauth2.resourceserver.jwt.jwk-set-uri=http://localhost/ | audiences
                    springline.drain.delay=25s                        | springline.drain.delay
                    springline.relay.upstreams.x.prefix=true          | command or url
                    springline.relay.upstreams.x.url=ftp://h/         | http or https
                    springline.relay.upstreams.[a/b].command=c        | name
                    springline.relay.upstreams.x.transport=sse        | command or url
                    springline.relay.upstreams.x.url=http://h_h/      | host name
                    springline.relay.config-file=nowhere.json         | nowhere.json
                    springline.relay.upstreams.x.command=c --springline.relay.upstreams.x.extensions=notes | is not an identifier such as com.example/name
                    springline.relay.upstreams.x.command=c --springline.relay.upstreams.x.extensions=io.springline/resume | Springline itself ends it
                    server.address=0.0.0.0                            | server.address
                    server.port=many                                  | server.port=many: must be a number
                    server.port=70000                                 | must be 0 to 65535, not 70000: see server.port
                    server.address=no-such-host.invalid               | server.address=no-such-host.invalid: must be an IP address
                    server.ssl.key-store=nowhere.p12                  | Correct server.ssl.*
                    server.ssl.key-store=pom.xml                      | the content is not of the expected format
                    springline.auth.tokens=abc                        | springline.auth.tokens: is a list, whose elements have members: set springline.auth.tokens[0].
                    springline.websocket.allowed-hosts[2]=a           | springline.websocket.allowed-hosts: the elements of a list are numbered [0]
                    server.ssl.bundle=none                            | none
                    server.ssl.bundle=a --spring.ssl.bundle.pem.a.keystore.certificate=file:nowhere.pem --spring.ssl.bundle.pem.a.keystore.private-key=file:nowhere.pem | nowhere.pem
                    server.ssl.bundle=a --spring.ssl.bundle.pem.a.keystore.certificate=file:pom.xml --spring.ssl.bundle.pem.a.keystore.private-key=file:pom.xml | certificates
                    spring.config.import=file:nowhere.yml             | nowhere.yml
                    spring.config.import=file:src/test/resources/broken.yml | is not YAML: line
                    spring.data.redis.url=nonsense --springline.cluster.redis.enabled=true | nonsense
                    logging.level.io.springline=lots                  | logging.level.io.springline
                    spring.security.oauth2.resourceserver.jwt.public-key-location=file:nowhere.pem --spring.security.oauth2.resourceserver.jwt.audiences=x | nowhere.pem
                    springline.registry.name=com.example/weather --springline.registry.description=d | springline.auth.public-url
                    springline.auth.session-cookie.enabled=true --springline.websocket.allowed-origins=* | allowed-origins
                    """)
    void refusesToStartAndNamesTheProperty(String property, String named, CapturedOutput output) {
        assertThatItsRefusalNames(SpringlineApplication.class, property, named, output);
    }

    /** The service binds each of these classes: see above. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    springline.websocket.path=mcp                     | springline.websocket.path=mcp: must be a path such as /mcp
                    springline.websocket.path=/a b                    | path
                    springline.websocket.max-connections=-1           | max-connections=-1
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
                    springline.auth.url-tokens[0].hash=sha256:00      | url-tokens
                    springline.auth.initial-scopes=offline_access     | initial-scopes
                    springline.auth.initial-scopes[0]=a b             | initial-scopes
                    springline.registry.name=weather                  | springline.registry.name
                    springline.registry.name=com.example/weather      | springline.registry.description
                    springline.registry.website-url=example.com       | website-url
                    springline.auth.url-tokens[0].name=a --springline.auth.url-tokens[0].hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | expires
                    springline.auth.url-tokens[0].name=a --springline.auth.url-tokens[0].hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --springline.auth.url-tokens[0].expires=2027-01-01T00:00:00Z --springline.auth.url-tokens[0].roles=x,Operator | springline.auth.url-tokens[0]: 'a' cannot have the role Operator
                    springline.auth.url-tokens[0].name=a --springline.auth.url-tokens[0].hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --springline.auth.url-tokens[0].expires=2027-01-01T00:00:00Z --springline.auth.tokens[0].name=b --springline.auth.tokens[0].hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | the same hash
                    springline.websocket.trusted-proxies=proxy        | trusted-proxies
                    springline.websocket.connection-rate-per-address=5| connection-rate
                    springline.websocket.max-bytes-per-second=1KB     | max-bytes-per-second
                    springline.drain.timeout=-1s                      | timeout
                    springline.drain.close-rate=0/s                   | close-rate
                    springline.websocket.max-age=10ms                 | max-age
                    springline.relay.upstreams.x.mode=both            | mode
                    """)
    void bindsNoNonsense(String property, String named, CapturedOutput output) {
        assertThatItsRefusalNames(Properties.class, property, named, output);
    }

    /** All that the rooms bind, and nothing that is built from it. */
    @Configuration(proxyBeanMethods = false)
    @ConfigurationPropertiesScan
    static class Properties {}

    /** What Spring Boot says better itself is left to it. */
    @Test
    void leavesAPortInUseToSpringBoot(CapturedOutput output) throws Exception {
        try (var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            startupFailure(SpringlineApplication.class, "--server.port=" + other.getLocalPort());
            assertThat(output.getAll())
                    .contains(
                            "Web server failed to start. Port %d was"
                                    .formatted(other.getLocalPort()))
                    .doesNotContain("Exception", "\tat ");
        }
    }

    private static void assertThatItsRefusalNames(
            Class<?> application, String property, String named, CapturedOutput output) {
        var arguments = new ArrayList<String>();
        if (!property.startsWith("server.port")) {
            arguments.add("--server.port=0");
        }
        for (String each : property.split(" --")) {
            arguments.add("--" + each);
        }
        if (property.startsWith("springline.auth.tokens[0]")) {
            arguments.add("--springline.auth.tokens[0].name=ada");
        }
        String before = output.getAll();
        Throwable failure = startupFailure(application, arguments.toArray(String[]::new));
        assertThat(failure).as(property).isNotNull();
        String said = output.getAll().substring(before.length());
        assertThat(said)
                .contains("APPLICATION FAILED TO START", "Description:", "Action:")
                .doesNotContain(
                        "Caused by: ", "Exception", "\tat ", "java.", "io.springline.config.");
        assertThat(said.substring(said.indexOf("Description:"))).contains(named);
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
