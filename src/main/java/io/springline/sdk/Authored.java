package io.springline.sdk;

/**
 * A specification and who wrote the code behind it.
 *
 * @param <S> one of the {@code McpServerFeatures.Sync*Specification}s
 */
record Authored<S>(S specification, Author author) {}
