/** The run directory: manifest, arrays and tables; written and read here only. */
package org.consensusprobe.results;
