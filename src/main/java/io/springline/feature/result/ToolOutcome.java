package io.springline.feature.result;

/** The outcome of one run of a tool handler. */
public sealed interface ToolOutcome extends Outcome
        permits ToolResult, InputRequired, CreatedTask, PendingOutcome {}
