package io.springline.toolcall.approval;

import io.springline.session.RequestProperties;
import java.time.Clock;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ApprovalProperties.class)
class ApprovalConfiguration {

    @Bean("springlineApprover")
    @ConditionalOnProperty("springline.approval.approve-url")
    SignedApprover approver(ApprovalProperties properties) {
        return new SignedApprover(
                Objects.requireNonNull(properties.approveUrl()),
                Objects.requireNonNull(properties.approveKey()),
                properties.approveTimeout(),
                Clock.systemUTC());
    }

    /**
     * @param tokens shared by the nodes of a cluster; else those of this node
     */
    @Bean("springlineApprovals")
    Approvals approvals(
            ApprovalProperties properties,
            ObjectProvider<SignedApprover> approver,
            ObjectProvider<SingleUseTokens> tokens,
            RequestProperties requests) {
        return new Approvals(
                properties.rules(),
                approver.getIfAvailable(),
                tokens.getIfAvailable(() -> new LocalSingleUseTokens(System::nanoTime)),
                requests.inputTimeout(),
                Clock.systemUTC());
    }

    @Bean("springlineApprovalReload")
    @Order(Ordered.LOWEST_PRECEDENCE)
    ApprovalReload approvalReload(Approvals approvals) {
        return new ApprovalReload(approvals);
    }
}
