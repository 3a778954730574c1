/**
 * Spectra of a model's attention: what its value and query-key matrices say about the theorems on consensus.
 *
 * <p>Head by head through products of the size of a head; sums over heads, of full rank, by Arnoldi iteration.
 */
package org.consensusprobe.theory.spectrum;
