//go:build !race

package microthread_test

const raceDetector = false
