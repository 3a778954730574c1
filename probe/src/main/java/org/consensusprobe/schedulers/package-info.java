/** The schedulers of clusters: what they tell a task, and how Slurm is asked for things. Knows nothing of what tasks do. */
package org.consensusprobe.schedulers;
