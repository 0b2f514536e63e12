// Package memory tells how much memory there is.
package memory

const fallback = 4 << 30 // where the system does not say
