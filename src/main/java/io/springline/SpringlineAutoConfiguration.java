package io.springline;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.springline.concurrent.SchedulerNames;
import io.springline.config.InvalidConfigurationException;
import io.springline.config.UnknownKeysCheck;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportSelector;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.util.ClassUtils;

/**
 * Adds the MCP endpoints to a Spring Boot application that has this library on its class path. The
 * service {@link SpringlineApplication} has the same beans, and those of its own: see {@link
 * #SERVICE_ONLY}.
 */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration",
            "org.springframework.boot.security.oauth2.server.resource.autoconfigure.servlet.OAuth2ResourceServerAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration"
        })
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@Import(SpringlineAutoConfiguration.Packages.class)
public class SpringlineAutoConfiguration {

    private static final String JETTY =
            "org.springframework.boot.jetty.servlet.JettyServletWebServerFactory";

    /** Configurations of an embedding application and of the service. */
    static final String[] LIBRARY = {
        "audit.AuditConfiguration",
        "auth.AuthConfiguration",
        "auth.http.EndpointSecurityConfiguration",
        "cluster.ClusterConfiguration",
        "cluster.ClusterPropertiesConfiguration",
        "dispatch.DispatchConfiguration",
        "dispatch.task.TaskDispatchConfiguration",
        "feature.endpoint.FeatureConfiguration",
        "feature.task.TaskConfiguration",
        "ops.ActuatorConfiguration",
        "ops.HealthConfiguration",
        "ops.OpsConfiguration",
        "ops.console.ConsoleConfiguration",
        "ops.tracing.TracingConfiguration",
        "registry.RegistryConfiguration",
        "relay.RelayConfiguration",
        "relay.attach.AttachConfiguration",
        "relay.consent.ConsentConfiguration",
        "resume.ResumeConfiguration",
        "resume.protocol.ResumeProtocolConfiguration",
        "sdk.SdkConfiguration",
        "session.SessionConfiguration",
        "toolcall.ToolCallConfiguration",
        "toolcall.approval.ApprovalConfiguration",
        "toolcall.limit.CallLimitConfiguration",
        "transport.drain.DrainConfiguration",
        "transport.handshake.HandshakeConfiguration",
        "transport.handshake.MetadataConfiguration",
        "transport.http.HttpPropertiesConfiguration",
        "transport.http.HttpTransportConfiguration",
        "transport.websocket.WebSocketConfiguration"
    };

    /**
     * Configurations that the service alone has, by its component scan: they change the whole web
     * server, log, security or configuration of their application.
     */
    static final String[] SERVICE_ONLY = {
        "auth.ServiceAuthConfiguration",
        "auth.http.SecurityConfiguration",
        "conformance.ConformanceConfiguration",
        "ops.ServiceConfiguration",
        "reload.ReloadConfiguration",
        "transport.websocket.ConnectorConfiguration"
    };

    /** Imports the configurations by name, since each is private to its package. */
    static final class Packages implements ImportSelector {

        @Override
        public String[] selectImports(AnnotationMetadata importing) {
            if (!ClassUtils.isPresent(JETTY, null)) {
                throw notJetty("its class path has no Jetty");
            }
            return Stream.of(LIBRARY)
                    .map(name -> SpringlineAutoConfiguration.class.getPackageName() + '.' + name)
                    .toArray(String[]::new);
        }
    }

    /** Not for other beans, which would otherwise be given it in place of one of their own. */
    @Bean(name = SchedulerNames.SPRINGLINE, defaultCandidate = false, destroyMethod = "shutdownNow")
    static ScheduledExecutorService springlineScheduler() {
        return Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("springline-scheduler").daemon().factory());
    }

    @Bean
    @ConditionalOnMissingBean(ScheduledAnnotationBeanPostProcessor.class)
    static SpringlineScheduledTasks springlineScheduledTasks() {
        return new SpringlineScheduledTasks();
    }

    /** Checks the properties of an embedding application; the service has a stricter check. */
    @Bean
    @ConditionalOnMissingBean
    static UnknownKeysCheck springlineUnknownKeysCheck(ConfigurableEnvironment environment) {
        return UnknownKeysCheck.embedded(environment);
    }

    /** The meters of an application without Micrometer's auto-configuration. */
    @Bean
    @ConditionalOnMissingBean
    MeterRegistry springlineMeters() {
        return new SimpleMeterRegistry();
    }

    @Bean
    static WebServerFactoryCustomizer<WebServerFactory> springlineServerCheck() {
        return server -> {
            if (!(server instanceof JettyServletWebServerFactory)) {
                throw notJetty("it runs on " + server.getClass().getName());
            }
        };
    }

    /** Without Spring Security, everybody could use the console. */
    @Bean
    @ConditionalOnBooleanProperty("springline.console.enabled")
    SmartInitializingSingleton springlineConsoleCheck(ObjectProvider<SecurityFilterChain> chains) {
        return () -> {
            if (chains.stream().findAny().isEmpty()) {
                throw new InvalidConfigurationException(
                        "springline.console.enabled: the console is for operators, and this application has no Spring"
                                + " Security to keep others out",
                        "Add spring-boot-starter-security, or remove springline.console.enabled.");
            }
        };
    }

    /** The WebSocket endpoint works on the frames of Jetty. */
    private static InvalidConfigurationException notJetty(String reason) {
        return new InvalidConfigurationException(
                "Springline serves WebSockets with Jetty, but this application cannot: " + reason,
                "Keep spring-boot-starter-jetty, which io.springline:springline brings, and make no"
                        + " other ServletWebServerFactory. An application that also has Tomcat on its"
                        + " class path runs on Jetty.");
    }
}
