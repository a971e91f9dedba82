package io.springline.cluster;

import io.springline.cluster.node.ClusterProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Configuration;

/** The properties are checked while the cluster is switched off, too. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ClusterProperties.class)
class ClusterPropertiesConfiguration {}
