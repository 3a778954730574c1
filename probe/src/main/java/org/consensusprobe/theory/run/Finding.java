package org.consensusprobe.theory.run;

/**
 * What one quantity of theory did in a run.
 *
 * @param quantity its name
 * @param source the theorem or paper
 * @param result what was seen, in numbers
 * @param remark what to bear in mind; empty for nothing
 */
public record Finding(String quantity, String source, String result, String remark) {}
