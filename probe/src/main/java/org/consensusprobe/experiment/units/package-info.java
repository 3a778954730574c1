/** A sweep as units that many machines can make: their plan, who makes which, and how they are put together again. */
package org.consensusprobe.experiment.units;
