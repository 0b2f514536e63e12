// Package parts runs a pipeline over parts of its input, in processes that share nothing but files, or
// that whoever starts them feeds: Parts divides the input, RunPart runs what may run over a part, Merge
// merges what the parts have made for a shard of the keys, and Finish puts all together and runs
// the rest. An engine calls these four, by itself or as commands.
//
// What is handed from one step to the next is emissions: some bytes under a key. Those of a part that runs
// twice are the same, so that an engine may run a part as often as it likes and take any of them.
package parts

import (
	"encoding/json"
	"fmt"
	"sync"

	"mtpipe/internal/input"
	"mtpipe/pipeline"
)

// Version is that of the form of a Spec and of emissions: all steps of a job are of one.
const Version = 1

// Spec is what each step has to know of a job.
type Spec struct {
	Version   int               `json:"version"`
	Text      string            `json:"text"`
	Script    string            `json:"script,omitempty"` // the name of the script that the text is of
	Args      []string          `json:"args,omitempty"`   // of the script
	Files     []string          `json:"files,omitempty"`
	In        string            `json:"in,omitempty"`
	Out       string            `json:"out,omitempty"`
	OnError   string            `json:"on_error,omitempty"`
	MaxMemory int64             `json:"max_memory,omitempty"`
	MaxLine   int64             `json:"max_line,omitempty"`
	Variables map[string]string `json:"variables,omitempty"` // those that the text asks for
	Shards    int               `json:"shards"`              // into which the keys are divided
}

// Part is a piece of the input and its number among all of them.
type Part struct {
	Number int64 `json:"part"`
	input.Piece
}

// Job is a spec whose pipeline is ready to run in parts. Any goroutine may use it.
type Job struct {
	Spec
	division *pipeline.Division
}

// New compiles the pipeline of a spec for the first time, and keeps in it the variables that lookup has
// and the text asks for. Settings says where results and messages go, and how much may be done at a time; the
// rest of it is the spec's. The error is an *Error of package pipeline when the pipeline does not run in parts.
func New(s Spec, registry *pipeline.Registry, settings pipeline.Settings, lookup func(string) (string, bool)) (*Job, error) {
	j := &Job{Spec: s}
	j.Version, j.Variables = Version, map[string]string{}
	var mu sync.Mutex
	err := j.compile(registry, settings, func(name string) (string, bool) {
		v, ok := lookup(name)
		if ok {
			mu.Lock()
			defer mu.Unlock()
			j.Variables[name] = v
		}
		return v, ok
	})
	if !j.keyed() {
		j.Shards = 1
	}
	return j, err
}

// Open compiles the pipeline of an encoded spec.
func Open(encoded []byte, registry *pipeline.Registry, settings pipeline.Settings) (*Job, error) {
	j := new(Job)
	if err := json.Unmarshal(encoded, &j.Spec); err != nil {
		return nil, fmt.Errorf("not the description of a job: %w", err)
	}
	if j.Version != Version {
		return nil, fmt.Errorf("the job was described by another version of this program: its form is %d, not %d", j.Version, Version)
	}
	if j.Shards < 1 || j.Shards > MostShards {
		return nil, fmt.Errorf("there are from 1 to %d shards, not %d", MostShards, j.Shards)
	}
	return j, j.compile(registry, settings, func(name string) (string, bool) {
		v, ok := j.Variables[name]
		return v, ok
	})
}

// MostShards is how many shards there may be.
const MostShards = 10000

func (j *Job) keyed() bool { return j.division != nil && j.division.Keyed() }

func (j *Job) compile(registry *pipeline.Registry, settings pipeline.Settings, lookup func(string) (string, bool)) error {
	settings.In, settings.Out, settings.Files, settings.MaxMemory, settings.MaxLine = j.In, j.Out, j.Files, j.MaxMemory, j.MaxLine
	if j.OnError != "" {
		var err error
		if settings.OnError, err = pipeline.ParseOnError(j.OnError); err != nil {
			return err
		}
	}
	plan, err := pipeline.Compile(j.Text, j.Script, pipeline.Scope{Registry: registry, Lookup: lookup, Args: j.Args}, settings)
	if err == nil {
		j.division, err = plan.Divide()
	}
	return err
}

// Encode returns the spec as Open reads it.
func (j *Job) Encode() []byte {
	b, err := json.Marshal(j.Spec)
	if err != nil {
		panic(err) // there is nothing in it that has no JSON
	}
	return append(b, '\n')
}

// Explain says what runs where.
func (j *Job) Explain() string { return j.division.Explain() }

// Keyed reports whether what the parts emit is merged by shards, apart from each other.
func (j *Job) Keyed() bool { return j.division.Keyed() }

// Parts divides the input into parts of about size bytes. Files that whole names are parts by themselves.
func (j *Job) Parts(size int64, whole map[string]bool) ([]Part, error) {
	files, cutter := j.division.Input()
	pieces, err := input.Pieces(files, size, cutter, whole)
	if err != nil {
		return nil, err
	}
	parts := make([]Part, len(pieces))
	for i, p := range pieces {
		parts[i] = Part{int64(i), p}
	}
	return parts, nil
}

// WholeError says that files have to be read whole: a record with the end of a line in it crosses the border of two parts.
type WholeError struct{ Files []string }

func (e *WholeError) Error() string {
	return e.Files[0] + " has a record with the end of a line in it where it was divided; it has to be read whole"
}
