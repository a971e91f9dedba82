package io.springline.feature.result;

/** The outcome of one run of a prompt handler. */
public sealed interface PromptOutcome extends Outcome permits PromptResult, InputRequired {}
