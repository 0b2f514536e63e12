package archtest

import "strings"

// Promise is a line of docs/conformance.md: something that the project promises, under an
// id that the tests for it bear.
type Promise struct {
	ID    string
	Text  string
	Where string // files, with blanks between them
	State string // for what has no test yet: what there is and what is planned
}

// Required reports whether a test has to bear the id.
func (p Promise) Required() bool { return p.State == "" }

// Chapters is the promises by chapter.
var Chapters = []struct {
	Title    string
	Promises []Promise
}{
	{"A. Micro-threads in general", []Promise{
		{"A1", "A micro-thread runs one function and has ended when that returns", "microthread/thread.go microthread/end.go", ""},
		{"A2", "The main thread comes for free; code that knows nothing of micro-threads is not affected", "microthread/program.go", ""},
		{"A3", "No preemption: between two suspensions no other thread of the same reactor runs", "microthread/coroutine.go reactor/reactor.go", ""},
		{"A4", "Thousands of connections and large fan-outs work", "microthread/start.go microthread/conn_linux.go microthread/web/transport.go microthread/web/server.go", ""},
		{"A5", "Plain sequential style: a call many levels down may suspend", "microthread/coroutine.go", ""},
		{"A6", "A thread costs less memory than one of the operating system, and is quicker to make and to switch to: measured", "microthread/coroutine.go", ""},
		{"A7", "The current thread is one for each reactor", "microthread/program.go reactor/reactor.go", ""},
		{"A8", "Reads, writes, accepts, connects and sleeps that do not block the others; `Blocking` for calls that would", "microthread/file.go microthread/conn.go microthread/turn.go reactor/blocking.go microthread/gochan.go", ""},
		{"A9", "A lock for a file or socket keeps the lines of one writer together", "microthread/lock.go pipeline/job.go microthread/semaphore.go", ""},
		{"A10", "Another event loop can be one more notifier", "reactor/notifier.go", ""},
		{"A11", "Several processors, and no starvation", "pipeline/parallel.go pipeline/combine.go reactor/pace.go microthread/watchdog.go", "per-value stages, and totals that are merged, run as copies on several reactors, one goroutine each (G1); against starvation there are budgets (K4), the polling of events (G2) and a watchdog (K3)"},
		{"A12", "Critical sections need no lock; `Critical` fails loudly when its body suspends", "microthread/thread.go", ""},
	}},
	{"B. StartAndForget", []Promise{
		{"B1", "The result is discarded, the thread ends silently", "microthread/start.go", ""},
		{"B2", "An error that nobody caught goes to the handler", "microthread/end.go", ""},
		{"B3", "The default handler prints the traceback", "microthread/program.go", ""},
		{"B4", "Nobody waits and nothing is kept: no zombies, flat memory", "microthread/end.go", ""},
		{"B5", "A handler that fails: both errors go to the last resort; a handler may suspend; nil is the default", "microthread/end.go", ""},
		{"B6", "Arguments are evaluated at the start", "microthread/start.go", ""},
		{"B7", "A thread may outlive its parent and main; `Run` ends when nothing is left", "microthread/program.go", ""},
	}},
	{"C. StartInParallel, Wait, ParallelMap", []Promise{
		{"C1", "`Wait` returns the result, suspending if need be", "microthread/start.go microthread/wait.go", ""},
		{"C2", "The child's error is raised in the one that waits, with the child's name and creation site", "microthread/error.go", ""},
		{"C3", "Finished and not waited for: a zombie", "microthread/thread.go", ""},
		{"C4", "`ParallelMap`: a thread for each element, results in the order of the input", "microthread/start.go", ""},
		{"C5", "A second `Wait` returns the same; anyone may wait, with a time limit; waiting for oneself is an error; no failure is lost", "microthread/wait.go microthread/end.go microthread/within.go microthread/first.go", ""},
		{"C6", "`ParallelMap` bounds its threads; an error cancels the rest or is kept as a result; stopping early stops them all", "microthread/start.go", ""},
		{"C7", "Threads of one group get their turns fairly", "microthread/group.go", ""},
	}},
	{"D. Generate", []Promise{
		{"D1", "A new thread with a pipe that is its stdout", "microthread/start.go", ""},
		{"D2", "Its return value is ignored", "microthread/start.go", ""},
		{"D3", "The pipe reads like an iterator, in another thread", "pipe/pipe.go microthread/generateof.go", ""},
		{"D4", "Errors reach the reader through the pipe", "microthread/end.go pipe/pipe.go", ""},
		{"D5", "Values put before an error come first, then the error once, then the end; an error that nobody reads is reported", "pipe/pipe.go microthread/end.go", ""},
		{"D6", "Reading one's own stdout is an error at once", "pipe/pipe.go", ""},
	}},
	{"E. Pipes", []Promise{
		{"E1", "One way; the reading side is an iterator", "pipe/pipe.go", ""},
		{"E2", "`Put`", "microthread/thread.go pipe/pipe.go", ""},
		{"E3", "`TakeFrom` any iterator, pipes and plain ones", "microthread/thread.go", ""},
		{"E4", "Closing ends the reader's iteration", "pipe/pipe.go", ""},
		{"E5", "A put behind a reader that has gone ends the thread silently: its deferred functions run and no recover holds it up; `TryPut` gives an error instead; a trace shows it", "microthread/end.go microthread/thread.go microthread/trace.go", ""},
		{"E6", "Capacity one: the second put suspends until the first value is read; more capacity shows only as speed", "pipe/pipe.go", ""},
		{"E7", "Pipes suspend threads and never block the reactor", "pipe/pipe.go", ""},
		{"E8", "A thread's end closes its stdin and its stdouts", "microthread/end.go", ""},
		{"E9", "Neither side stays suspended for ever because the other has died", "microthread/end.go pipe/pipe.go microthread/link.go microthread/chan.go", ""},
		{"E10", "Pipes belong to threads, so it is known who reads and who writes", "pipe/pipe.go microthread/thread.go", ""},
		{"E11", "Waiting for a pipe that nobody can feed is a deadlock that names pipe and thread", "reactor/reactor.go pipe/pipe.go microthread/chan.go", ""},
		{"E12", "Without naming a pipe, put and read use the thread's stdout and stdin", "microthread/thread.go", ""},
		{"E13", "A generator calls others, which share its stdout, without a new thread", "microthread/thread.go stages/delegation/delegation.go", ""},
		{"E14", "A reader that stops early cleans up at once", "pipe/pipe.go reactor/hangup_linux.go", ""},
		{"E15", "One reader and one writer; closing twice is fine; null is a value; reading on after the end gives the end; no stdout, no put", "pipe/pipe.go microthread/thread.go", ""},
		{"E16", "Go programs see pipes, pipeline texts only what they iterate over", "pipe/pipe.go pipeline/run.go", ""},
	}},
	{"F. Deferred", []Promise{
		{"F1", "One reusable Deferred a thread, continued once a suspension", "reactor/deferred.go", ""},
		{"F2", "`AddCallback(caller, called, fn)`", "reactor/deferred.go", ""},
		{"F3", "The names must meet; otherwise the function in between does not know of suspension, which is an error", "reactor/deferred.go", ""},
		{"F4", "The callback may be nil, the registration may not be left out", "reactor/deferred.go", ""},
		{"F5", "Each accepted callback is called exactly once", "reactor/deferred.go", ""},
		{"F6", "When a later registration is refused, the new ones before it get the error to clean up", "reactor/deferred.go", ""},
		{"F7", "A refused callback is never called", "reactor/deferred.go", ""},
		{"F8", "`IsException`; a callback added to an ordinary result answers that it is not its affair", "reactor/outcome.go", ""},
		{"F9", "Each result feeds the next callback, errors as errors; one may be turned into the other", "reactor/deferred.go", ""},
		{"F10", "The order, also when a callback suspends again", "reactor/deferred.go", ""},
		{"F11", "A callback that suspends stops the chain", "reactor/deferred.go", ""},
		{"F12", "The names are checked after a second suspension too", "reactor/deferred.go", ""},
		{"F13", "A callback that began to suspend and then failed: new callbacks get a system error, old ones the error", "reactor/deferred.go", ""},
		{"F14", "The last result is the thread's", "reactor/deferred.go", ""},
		{"F15", "The error of `Callback` is about the call itself", "reactor/deferred.go", ""},
		{"F16", "A suspension can be neither returned as an error nor swallowed", "reactor/outcome.go reactor/deferred.go", ""},
		{"F17", "`All`, `Any` and `First` combine several", "reactor/combine.go", ""},
		{"F18", "Threads without a stack, which wait in a few hundred bytes; one can become a full thread", "reactor/deferred.go reactor/stack.go microthread/stackless.go", ""},
	}},
	{"G. Reactor", []Promise{
		{"G1", "One goroutine each, not locked to a thread of the system; settings are shared, notifiers are made for each reactor", "reactor/reactor.go reactor/notifier.go microthread/link.go microthread/generatein.go", ""},
		{"G2", "A busy queue does not starve events", "reactor/reactor.go", ""},
		{"G3", "With nothing to run it waits for events", "reactor/wait.go", ""},
		{"G4", "One notifier alone is waited for without a limit", "reactor/wait.go", ""},
		{"G5", "`Run` returns when nothing is scheduled and nobody waits", "reactor/reactor.go", ""},
		{"G6", "Timers, and time-outs told to their notifier", "reactor/timers.go", ""},
		{"G7", "`Schedule`, `ScheduleError`, `SetTimer`, `ClearTimer`", "reactor/reactor.go reactor/timers.go", ""},
		{"G8", "Notifiers are added and removed; threshold and timed wait are set", "reactor/notifier.go", ""},
		{"G9", "`Run` with nothing scheduled returns at once", "reactor/reactor.go", ""},
		{"G10", "All that the kernel can wait for is one wait", "reactor/wait.go", ""},
		{"G11", "Every wait is cut at the next timer", "reactor/wait.go", ""},
		{"G12", "Threads that nothing can wake are a deadlock report, not success", "reactor/reactor.go", ""},
		{"G13", "Notifiers come, go and fail while the reactor runs; `Post` from any goroutine; bounded events; monotonic time", "reactor/notifier.go reactor/reactor.go reactor/wait.go", ""},
	}},
	{"H. Notifiers", []Promise{
		{"H1", "Priority", "reactor/notifier.go", ""},
		{"H2", "`Register`, with a time limit", "reactor/notifier.go", ""},
		{"H3", "`Defer`: suspended until the event", "reactor/notifier.go reactor/descriptors_linux.go", ""},
		{"H4", "`Poll`", "reactor/notifier.go", ""},
		{"H5", "`TimedWait`", "reactor/notifier.go reactor/wait.go", ""},
		{"H6", "`WaitForever`", "reactor/notifier.go reactor/wait.go", ""},
		{"H7", "`Timeout`", "reactor/timers.go", ""},
		{"H8", "`Deregister`", "reactor/notifier.go", ""},
		{"H9", "No lock that a waker needs is held while sleeping", "reactor/reactor.go reactor/wait.go", ""},
		{"H10", "Of an event and a time-out in one round, one wins; events for a waiter that has gone are dropped", "reactor/descriptors_linux.go reactor/timers.go", ""},
		{"H11", "The notifiers: descriptors, timers, signals, child processes, file events, completions of blocking calls", "reactor/descriptors_linux.go reactor/watch_linux.go reactor/timers.go reactor/signals.go reactor/children.go reactor/files.go reactor/blocking.go", ""},
	}},
	{"I. Reports and endings", []Promise{
		{"I1", "An error carries the threads and pipes that it came through, and the stack of a panic", "microthread/error.go", ""},
		{"I2", "A question of the original environment", "", "does not apply here"},
		{"I3", "Two endings: drain, where what is in flight completes, and abort, readers first and within a limit", "microthread/program.go microthread/end.go", ""},
		{"I4", "Debugging: a dump of all threads, pipes and who waits for whom, labels in profiles, a trace", "microthread/dump.go microthread/trace.go microthread/labels.go microthread/roster.go pipeline/seeing.go internal/cli/seeing.go docs/debugging.md", ""},
		{"I5", "See A12", "", "see A12"},
		{"I6", "See E16", "", "see E16"},
	}},
	{"J. Compatibility", []Promise{
		{"J1", "See F3", "", "see F3"},
		{"J2", "A critical section that a suspension breaks never corrupts memory", "microthread/thread.go", "a suspension in `Critical` is refused (A12); a test of sections without it is planned"},
		{"J3", "Linux, macOS and Windows build", "reactor/descriptors_other.go microthread/file_other.go", "`make check` vets all three; tests run on Linux"},
		{"J4", "Go code over io.Reader, io.Writer and net.Conn works unchanged inside a thread", "microthread/bound.go microthread/conn.go microthread/web/served.go", ""},
	}},
	{"K. What reviewers asked for", []Promise{
		{"K1", "The layers stand alone; one primitive under the three ways to start", "microthread/program.go", ""},
		{"K2", "A command and a number beside every sentence about speed", "internal/bench/cmd/bench/main.go", "docs/benchmarks.md gives both; a check of every sentence is planned"},
		{"K3", "A watchdog names a thread that has not suspended for long", "microthread/watchdog.go microthread/vigil.go", ""},
		{"K4", "Budgets at pipe operations; latency beside a neighbour that computes", "reactor/pace.go pipe/charge.go", ""},
		{"K5", "Pipes against a list or deque: backpressure, a dead reader, a dead writer", "pipe/pipe.go", ""},
		{"K6", "The same small program with callbacks and with threads", "reactor/deferred.go microthread/thread.go", ""},
		{"K7", "A short tutorial first, the reference second", "docs/tutorial.md", "the tutorial's commands are run by a test, like README.md's; the reference is man/ and the package comments"},
		{"K8", "Deadlocks are found and named; errors end the program in good order", "reactor/reactor.go microthread/program.go", ""},
		{"K9", "Only immutable values cross threads and reactors", "value/value.go value/batch.go microthread/generatein.go", ""},
		{"K10", "A plain Go iterator is a generator without a thread", "microthread/thread.go", ""},
		{"K11", "Measured beside the alternatives", "internal/bench/threads/measure.go microthread/chan.go microthread/select.go", ""},
	}},
	{"L. Records that are wrong", []Promise{
		{"L1", "A message that names a line, or a file and a line, names where the value came from, whatever stages it went through", "pipeline/place.go value/place.go", ""},
		{"L2", "`try { } catch { }`: errors are records, in their place; an end, a reader that has gone and the input's own errors go through", "pipeline/catch.go stages/concurrency/try.go", ""},
		{"L3", "`--on-error` of the run and of a stage, `continue`, `--max-errors`", "pipeline/policy.go pipeline/reject.go", ""},
		{"L4", "`--errors-to` gives the records back, in whole lines, and never writes over a file of the pipeline", "pipeline/report.go", ""},
		{"L5", "`--errors json`: each message is a line of JSON", "pipeline/report.go internal/cli/cli.go", ""},
		{"L6", "A reader that leaves early has one end in every run, for every number of copies: what went wrong after the values that it took concerns nobody and is not told, by any policy of --on-error, but for what a sink could not write and for panics", "pipeline/beyond.go pipeline/loss.go pipe/losses.go microthread/end.go", ""},
	}},
}

// fileList returns the files of where as a list in Markdown.
func fileList(where string) string {
	var list []string
	for f := range strings.FieldsSeq(where) {
		list = append(list, "`"+f+"`")
	}
	return strings.Join(list, " ")
}
