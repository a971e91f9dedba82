package io.springline.relay.attach;

import io.springline.auth.Authenticator;
import io.springline.auth.token.Revocations;
import io.springline.config.InvalidConfigurationException;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.relay.AttachedUpstreams;
import io.springline.relay.Upstreams;
import io.springline.relay.attach.connection.AgentSessions;
import io.springline.relay.attach.limit.AttachAdmission;
import io.springline.reload.Reloadable;
import io.springline.session.Backplane;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import io.springline.session.RequestProperties;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.UnreadMemory;
import io.springline.session.node.ClusterNodes;
import io.springline.transport.TransportStatistics;
import io.springline.transport.WebSocketProperties;
import io.springline.transport.drain.DrainParticipant;
import io.springline.transport.handshake.ConnectionRefusals;
import io.springline.transport.handshake.Handshake;
import io.springline.transport.handshake.HandshakeConfiguration.HandshakeChecks;
import io.springline.transport.websocket.Heartbeat;
import io.springline.transport.websocket.WebSocketConnection;
import io.springline.transport.websocket.jetty.JettySocket;
import io.springline.transport.websocket.jetty.JettyUpgradeStrategy;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;
import org.springframework.web.socket.server.support.WebSocketHandlerMapping;
import org.springframework.web.socket.server.support.WebSocketHttpRequestHandler;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(AttachProperties.class)
class AttachConfiguration {

    @Configuration(proxyBeanMethods = false)
    @Conditional(Enabled.class)
    static class Endpoint {

        @Bean("springlineAttachTokens")
        AttachTokens attachTokens(
                AttachProperties properties, Authenticator authenticator, Backplane backplane) {
            return new AttachTokens(
                    properties.tokens(), !authenticator.hasCredentials(), backplane);
        }

        @Bean("springlineAttachTokenRevocations")
        Revocations attachTokenRevocations(AttachTokens tokens) {
            return tokens.revocations();
        }

        /** After the endpoints: a server that may attach now gives clients features. */
        @Bean("springlineAttachReload")
        @Order(Ordered.LOWEST_PRECEDENCE)
        Reloadable attachReload(AttachTokens tokens) {
            return new AttachReload(tokens);
        }

        @Bean("springlineAttachAdmission")
        AttachAdmission attachAdmission(AttachProperties properties) {
            return new AttachAdmission(properties.connectionRatePerToken());
        }

        @Bean("springlineAttachedServers")
        AttachedServers attachedServers(
                Upstreams upstreams,
                AttachProperties properties,
                AttachTokens tokens,
                ObjectProvider<ClusterNodes> nodes) {
            return new AttachedServers(upstreams, properties, tokens, nodes.getIfAvailable());
        }

        @Bean("springlineAttachedUpstreams")
        AttachedUpstreams attachedUpstreams(AttachedServers servers, AttachTokens tokens) {
            return new AttachedServerOperations(servers, tokens);
        }

        @Bean("springlineAttachRegistration")
        AttachRegistration attachRegistration(
                AttachedServers servers,
                AttachProperties properties,
                AttachTokens tokens,
                AttachAdmission admission) {
            return new AttachRegistration(servers, properties, tokens, admission);
        }

        @Bean("springlineAgentSessions")
        AgentSessions agentSessions(AttachProperties properties) {
            return new AgentSessions(properties.grace(), properties.maxServers());
        }

        @Bean("springlineAttachMapping")
        WebSocketHandlerMapping attachMapping(
                AttachProperties properties,
                WebSocketProperties sockets,
                RequestProperties requests,
                Authenticator authenticator,
                AttachTokens tokens,
                AttachAdmission admission,
                AttachedServers servers,
                AttachRegistration registration,
                AgentSessions agents,
                ProcessorShares shares,
                HandshakeChecks checks,
                ConnectionRefusals refusals,
                Heartbeat heartbeat,
                UnreadMemory unread,
                TransportStatistics statistics) {
            if (properties.tokens().isEmpty() && authenticator.hasCredentials()) {
                throw new InvalidConfigurationException(
                        "springline.attach.enabled: clients need credentials, so servers that attach need some, too",
                        "Add springline.attach.tokens, or remove springline.attach.enabled.");
            }
            int maxBytes = (int) properties.maxMessageSize().toBytes();
            JsonRpcCodec codec = JsonRpcCodec.lenientJson(maxBytes);
            var handler =
                    new AttachHandler(
                            servers,
                            registration,
                            agents,
                            socket ->
                                    WebSocketConnection.ofText(
                                            socket,
                                            sockets,
                                            requests.rate(),
                                            unread.account(() -> principal(socket)),
                                            statistics),
                            (connection, caller) ->
                                    new McpSession(
                                            McpSession.MAIN_ENDPOINT,
                                            new Identity(caller, shares.of(caller.name()), unread),
                                            connection,
                                            codec,
                                            requests.limits()),
                            heartbeat,
                            sockets.outboundBufferSize().toBytes());
            var upgrades =
                    new WebSocketHttpRequestHandler(
                            handler,
                            new DefaultHandshakeHandler(new JettyUpgradeStrategy(maxBytes, null)));
            upgrades.setHandshakeInterceptors(
                    checks.authenticatedBy(
                            new AttachHandshakeInterceptor(
                                    tokens, registration, admission, refusals)));
            String path = sockets.path() + '/' + WebSocketProperties.ATTACH;
            var mapping = new WebSocketHandlerMapping();
            mapping.setUrlMap(Map.of(path, upgrades, path + "/", upgrades));
            mapping.setWebSocketUpgradeMatch(true);
            mapping.setOrder(Ordered.HIGHEST_PRECEDENCE);
            return mapping;
        }

        private static String principal(JettySocket socket) {
            return Handshake.caller(socket.getAttributes()).name();
        }

        @Bean("springlineAttachDrain")
        DrainParticipant attachDrain(AttachedServers servers) {
            return new DrainParticipant() {

                @Override
                public void leave() {}

                @Override
                public int connections() {
                    return servers.connections();
                }

                @Override
                public int closeIdle(int most) {
                    return servers.closeIdle(most);
                }

                @Override
                public void fail() {
                    servers.fail();
                }
            };
        }
    }

    static final class Enabled extends AnyNestedCondition {

        Enabled() {
            super(ConfigurationPhase.REGISTER_BEAN);
        }

        @ConditionalOnProperty("springline.attach.enabled")
        static final class ByProperty {}

        @ConditionalOnProperty("springline.attach.tokens[0].hash")
        static final class ByTokens {}
    }
}
