package io.springline.transport.http;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Configuration;

/** Registers the properties even if HTTP is disabled. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(HttpTransportProperties.class)
class HttpPropertiesConfiguration {}
