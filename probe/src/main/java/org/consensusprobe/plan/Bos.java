package org.consensusprobe.plan;

/** Whether the special tokens that a tokenizer puts in front of a text stand in front of the prompts. */
public enum Bos {
    /** They do. */
    ON,
    /** They do not. */
    OFF,
    /** Two runs, one with each. */
    BOTH
}
