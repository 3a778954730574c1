/** A verdict on a checkpoint: has it collapsed, where, how fast against its twins, and what the controls say. */
package org.consensusprobe.experiment.check;
