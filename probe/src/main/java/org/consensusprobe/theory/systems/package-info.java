/** The systems that can be simulated, one file each. */
package org.consensusprobe.theory.systems;
