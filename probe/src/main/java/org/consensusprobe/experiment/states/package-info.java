/** States that other programs made: where they lie, what is believed of them, and how they are measured. */
package org.consensusprobe.experiment.states;
