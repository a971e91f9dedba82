package io.springline.ops;

import io.springline.auth.UrlTokens;
import io.springline.ops.actuator.AttachedEndpoint;
import io.springline.ops.actuator.ConnectionsEndpoint;
import io.springline.ops.actuator.DrainEndpoint;
import io.springline.ops.actuator.NodeConnections;
import io.springline.ops.actuator.TrafficLog;
import io.springline.ops.actuator.UpstreamsEndpoint;
import io.springline.ops.actuator.UrlTokensEndpoint;
import io.springline.relay.AttachedUpstreams;
import io.springline.relay.Upstreams;
import io.springline.resume.store.SessionStore;
import io.springline.session.Backplane;
import io.springline.session.SessionRegistry;
import io.springline.transport.AllConnections;
import io.springline.transport.drain.GracefulDrain;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Adds Springline's actuator endpoints. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(Endpoint.class)
class ActuatorConfiguration {

    @Bean("springlineDrainEndpoint")
    DrainEndpoint drainEndpoint(GracefulDrain drain) {
        return new DrainEndpoint(drain);
    }

    @Bean("springlineUrlTokensEndpoint")
    UrlTokensEndpoint urlTokensEndpoint(UrlTokens tokens) {
        return new UrlTokensEndpoint(tokens);
    }

    @Bean("springlineAttachedEndpoint")
    AttachedEndpoint attachedEndpoint(ObjectProvider<AttachedUpstreams> servers) {
        return new AttachedEndpoint(servers.getIfAvailable());
    }

    @Bean("springlineUpstreamsEndpoint")
    UpstreamsEndpoint upstreamsEndpoint(Upstreams upstreams) {
        return new UpstreamsEndpoint(upstreams);
    }

    @Bean("springlineConnectionsEndpoint")
    ConnectionsEndpoint connectionsEndpoint(
            AllConnections connections,
            SessionRegistry sessions,
            SessionStore store,
            Backplane backplane,
            TrafficLog traffic) {
        return new ConnectionsEndpoint(
                new NodeConnections(connections, sessions, store, backplane), traffic);
    }
}
