/** Charts as data: what a simulation hands over to be drawn. */
package org.consensusprobe.results.charts;
