package main

import (
	"errors"
	"flag"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mtpipe/examples"
	"mtpipe/pipeline"
	"mtpipe/stages"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mtpipe": main, measured: mainMeasured})
}

// TestExamples runs the scripts that are documentation.
func TestExamples(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "../../examples", UpdateScripts: *update, RequireExplicitExec: true,
		Setup: setPort, Cmds: map[string]func(*testscript.TestScript, bool, []string){"listening": listeningCommand}})
}

// setPort puts a port that is free into the environment of a script: one that the system gives
// to nobody who does not ask for it.
func setPort(env *testscript.Env) error {
	for range 100 {
		port := strconv.Itoa(10000 + rand.IntN(20000))
		l, err := net.Listen("tcp", "localhost:"+port)
		if err == nil {
			env.Setenv("PORT", port)
			return l.Close()
		}
	}
	return errors.New("there is no free port")
}

// listeningCommand is the command "listening NETWORK ADDRESS" of scripts: it waits until
// somebody does.
func listeningCommand(ts *testscript.TestScript, _ bool, args []string) {
	network, address := args[0], args[1]
	if network == "unix" {
		address = ts.MkAbs(address)
	}
	var err error
	for by := time.Now().Add(time.Minute); time.Now().Before(by); time.Sleep(time.Millisecond) {
		var c net.Conn
		if c, err = net.Dial(network, address); err == nil {
			_ = c.Close()
			return
		}
	}
	ts.Fatalf("nobody listens: %v", err)
}

// TestScripts runs the scripts for what nobody wants to read about.
func TestScripts(t *testing.T) {
	if matches, _ := filepath.Glob("testdata/*.txtar"); len(matches) == 0 {
		t.Fatal("there are no scripts in testdata")
	}
	testscript.Run(t, testscript.Params{Dir: "testdata", UpdateScripts: *update, RequireExplicitExec: true})
}

// TestEveryStageHasAnExample wants examples/STAGE.txtar for each stage, with a sentence
// above its first command.
func TestEveryStageHasAnExample(t *testing.T) {
	for _, name := range pipeline.NewRegistry(stages.All()...).Names() {
		ex := examples.Of(name)
		if len(ex) == 0 || ex[0].Title == "" {
			t.Errorf("stage %s: got no example with a sentence above it in examples/%s.txtar, want one", name, name)
		}
		if _, err := os.Stat("../../examples/" + name + ".txtar"); err != nil {
			t.Error(err)
		}
	}
}
