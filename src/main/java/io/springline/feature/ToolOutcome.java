package io.springline.feature;

/** How a tool's turn ended. */
public sealed interface ToolOutcome extends Outcome permits ToolResult, InputRequired {}
