/** Theory: the papers' continuous dynamics, simulated in float64. */
package org.consensusprobe.theory;
