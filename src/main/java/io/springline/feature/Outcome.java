package io.springline.feature;

/** How a handler's turn ended: complete, or with a question to the client. */
public sealed interface Outcome permits ToolOutcome, PromptOutcome, ResourceOutcome {}
