package io.springline.audit;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.EnvironmentAware;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** Installs the output of the audit log before other beans are created. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(AuditProperties.class)
class AuditConfiguration implements EnvironmentAware {

    @Override
    public void setEnvironment(Environment environment) {
        JsonLines.install(environment, environment.getProperty("springline.audit.file"));
    }
}
