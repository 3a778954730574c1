/**
 * Micro-benchmarks of the program's hot parts, under JMH, in the shapes of GPT-2 XL.
 */
package org.consensusprobe.bench;
