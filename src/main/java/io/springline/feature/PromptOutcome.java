package io.springline.feature;

/** How a prompt's turn ended. */
public sealed interface PromptOutcome extends Outcome permits PromptResult, InputRequired {}
