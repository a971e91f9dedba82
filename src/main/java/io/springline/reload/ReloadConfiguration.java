package io.springline.reload;

import io.springline.config.RenamedProperties;
import io.springline.config.UnknownKeysCheck;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ReloadProperties.class)
class ReloadConfiguration {

    @Bean
    static UnknownKeysCheck unknownKeysCheck(ConfigurableEnvironment environment) {
        return new UnknownKeysCheck(environment);
    }

    @Bean
    ConfigurationReload configurationReload(
            ConfigurableEnvironment environment,
            ConfigurableListableBeanFactory beans,
            ObjectProvider<Reloadable> parts) {
        return new ConfigurationReload(
                environment, beans, () -> parts.orderedStream().toList(), new RenamedProperties());
    }

    @Bean
    @ConditionalOnProperty(name = "springline.reload.watch", matchIfMissing = true)
    ConfigurationWatcher configurationWatcher(
            ConfigurationReload reload, ReloadProperties properties) {
        return new ConfigurationWatcher(reload, properties.interval());
    }
}
