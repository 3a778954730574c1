/** What theory says of a finished run: its quantities along depth, from what the run directory holds. */
package org.consensusprobe.theory.run;
