/** Attention as a vector field on tokens, and what is measured of their cloud. */
package org.consensusprobe.theory.attention;
