package org.consensusprobe.torch;

/**
 * A normal distribution around 0.
 *
 * @param first the standard deviation in the first half of the rows
 * @param rest in the others
 * @param cut so many deviations from 0 it is cut off; infinite for one that is not
 */
public record Draw(double first, double rest, double cut) {}
