package io.springline.audit;

import org.springframework.context.EnvironmentAware;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

@Configuration(proxyBeanMethods = false)
class AuditConfiguration implements EnvironmentAware {

    @Override
    public void setEnvironment(Environment environment) {
        JsonLines.install(environment);
    }
}
