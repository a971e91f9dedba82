/**
 * Sessions and notifications across replicas, by Redis. Relies on the ports of {@code resume} and
 * {@code session}. Never knows a feature.
 */
@NullMarked
package io.springline.cluster;

import org.jspecify.annotations.NullMarked;
