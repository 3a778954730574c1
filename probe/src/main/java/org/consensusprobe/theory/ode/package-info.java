/** Initial value problems whose states stay on a manifold: two integrators and one for noise. */
package org.consensusprobe.theory.ode;
