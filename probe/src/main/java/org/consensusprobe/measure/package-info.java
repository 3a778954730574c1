/** What is recorded after each block: every measure reduces the hidden states of all prompts to one number a prompt. */
package org.consensusprobe.measure;
