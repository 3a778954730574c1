/** Many runs as one: sweep files, their runs, and one table of all curves. */
package org.consensusprobe.experiment.sweep;
