package io.springline.feature.result;

/**
 * The outcome of one run of a handler: a complete result, a request for input from the client, or a
 * task of another server.
 */
public sealed interface Outcome permits ToolOutcome, PromptOutcome, ResourceOutcome {}
