package io.springline.audit;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.EnvironmentAware;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(AuditProperties.class)
class AuditConfiguration implements EnvironmentAware {

    @Override
    public void setEnvironment(Environment environment) {
        JsonLines.install(environment, environment.getProperty("springline.audit.file"));
    }
}
