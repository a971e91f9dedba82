package io.springline.feature.result;

/**
 * The outcome of one run of a handler: a complete result, or a request for input from the client.
 */
public sealed interface Outcome permits ToolOutcome, PromptOutcome, ResourceOutcome {}
