package io.springline.relay;

import io.springline.auth.CallerTokens;
import io.springline.curation.EndpointsProperties;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.FeaturesFactory;
import io.springline.mcp.Topic;
import io.springline.relay.call.TaskHandles;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.consent.ConsentedUpstreams;
import io.springline.relay.stdio.ProcessStarts;
import io.springline.relay.upstream.UpstreamTracer;
import io.springline.session.Backplane;
import io.springline.session.McpSession;
import io.springline.session.RequestProperties;
import java.time.Clock;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({RelayProperties.class, EndpointsProperties.class})
class RelayConfiguration {

    @Bean("springlineUpstreams")
    Upstreams upstreams(
            RelayProperties properties,
            EndpointsProperties endpoints,
            Features features,
            FeaturesFactory factory,
            RequestProperties requests,
            Environment environment,
            CallerTokens callerTokens,
            ConsentedUpstreams consented,
            ObjectProvider<UpstreamTracer> tracers) {
        return new Upstreams(
                new UpstreamFactory(
                        tracers.getIfAvailable(), callerTokens, consented, new ProcessStarts()),
                ConfiguredUpstreams.of(properties, endpoints, environment),
                features,
                factory,
                new TaskHandles(requests.stateKeys(), Clock.systemUTC()),
                tracers.getIfAvailable());
    }

    @Bean("springlineRelayReload")
    @Order(Ordered.HIGHEST_PRECEDENCE)
    RelayReload relayReload(Upstreams upstreams) {
        return new RelayReload(upstreams);
    }

    /** Curated endpoints follow the features of this service. */
    @Bean("springlineLocalFeatureChanges")
    SmartInitializingSingleton localFeatureChanges(Upstreams upstreams, Backplane backplane) {
        return () ->
                backplane.subscribe((endpoint, topic) -> {
                    if (endpoint.equals(McpSession.MAIN_ENDPOINT)
                            && !(topic instanceof Topic.ResourceUpdated)) {
                        upstreams.localChanged();
                    }
                });
    }
}
