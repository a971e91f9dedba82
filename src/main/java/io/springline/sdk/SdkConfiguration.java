package io.springline.sdk;

import io.springline.feature.FeatureSource;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class SdkConfiguration {

    @Bean("springlineSdkFeatures")
    FeatureSource sdkFeatures(ConfigurableListableBeanFactory beans) {
        return new SdkFeatures(new AnnotatedBeans(beans), new SpecificationBeans(beans));
    }
}
