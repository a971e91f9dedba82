package io.springline.transport.http;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Configuration;

/** The properties are known even if HTTP is off. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(HttpTransportProperties.class)
class HttpPropertiesConfiguration {}
