package io.springline.sdk;

/**
 * A specification and the origin of its exceptions.
 *
 * @param <S> one of the {@code McpServerFeatures.Sync*Specification}s
 */
record SdkSpecification<S>(S specification, ErrorOrigin origin) {}
