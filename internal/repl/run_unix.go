//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package repl

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"mtpipe/internal/complete"
	"mtpipe/internal/terminal"
	"mtpipe/pipeline"
)

const (
	quiet      = 80 * time.Millisecond  // without a key, before a text is run
	escapes    = 50 * time.Millisecond  // after which Esc is no beginning of another key
	renewing   = 100 * time.Millisecond // between looks at a preview that runs
	suspending = time.Second
	growing    = 300 * time.Millisecond // between previews of an input that grows
)

// Run has the user edit a pipeline on the terminal of the process, and returns its text. The error
// is ErrLeft or a *pipeline.SignalError when the user leaves without one, ErrNoTerminal when
// there is no terminal. In each case, also in a panic, the terminal is as it was before.
func Run(o Options) (string, error) {
	file, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return "", ErrNoTerminal
	}
	defer file.Close()
	return runOn(o, file)
}

func runOn(o Options, file *os.File) (text string, err error) {
	t := &tty{file: file}
	if err := t.enter(); err != nil {
		return "", ErrNoTerminal
	}
	defer t.leave()
	s := newSession(o, t)
	defer s.previews.stop()
	if text, err = s.loop(); err == nil && o.History != "" {
		_ = addHistory(o.History, text) // a pipeline is not lost for it
	}
	return text, err
}

// session is an editor at work on a terminal.
type session struct {
	ui
	tty      *tty
	screen   display
	keys     decoder
	previews *previewer
	input    *input
	incoming chan struct{} // more of the input has come
	grown    bool          // since the latest preview began
	began    time.Time     // when that was
	quiet    *time.Timer   // runs the text
	escapes  *time.Timer
	shown    string // the text that was run
}

func newSession(o Options, t *tty) *session {
	s := &session{tty: t, incoming: make(chan struct{}, 1), quiet: time.NewTimer(0), escapes: time.NewTimer(time.Hour)}
	s.editor = newEditor(o.Text, readHistory(o.History))
	s.colours, s.out, s.help = o.Colours, o.Settings.Out, o.Help
	if o.Stdin != nil && len(o.Settings.Files) == 0 {
		s.input = new(input)
		go s.input.read(o.Stdin, s.incoming)
	}
	s.complete = func(before string) complete.Answer {
		var data []byte
		if s.input != nil {
			data, _ = s.input.sample()
		}
		return o.Complete(before, data)
	}
	s.previews = newPreviewer(o.Scope, o.Settings, s.input)
	s.columns, s.rows = t.size()
	return s
}

// loop handles what happens until the editor is left.
func (s *session) loop() (string, error) {
	signals, resized := make(chan os.Signal, 4), make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	signal.Notify(resized, syscall.SIGWINCH, syscall.SIGCONT)
	defer signal.Stop(signals)
	defer signal.Stop(resized)
	read, next := s.tty.reads()
	renew := time.NewTicker(renewing)
	defer renew.Stop()
	for {
		if err := s.draw(); err != nil {
			return "", err
		}
		select {
		case sig := <-signals:
			return "", &pipeline.SignalError{Signal: sig}
		case <-resized:
			s.repaint()
		case p, ok := <-read:
			if !ok {
				return "", &pipeline.SignalError{Signal: syscall.SIGHUP}
			}
			if text, done, err := s.take(s.keys.feed(p)); done {
				return text, err
			}
			if s.keys.waiting() {
				s.escapes.Reset(escapes)
			}
			next <- struct{}{}
		case <-s.escapes.C:
			if text, done, err := s.take(s.keys.flush()); done {
				return text, err
			}
		case <-s.quiet.C:
			s.run()
		case <-s.previews.changed:
			s.look()
		case <-renew.C:
			s.look()
		case <-s.incoming:
			s.grown = true
		}
	}
}

// run begins a preview of the text.
func (s *session) run() {
	s.shown, s.grown, s.began = s.text, false, time.Now()
	s.previews.begin(s.text, s.rows)
}

// look takes what is known of the text by now; until there are values, those of the text before stay.
// When all is known of an input that has grown since, there is another preview.
func (s *session) look() {
	switch r := s.previews.now(); {
	case r.state != running || len(r.values) > 0:
		s.result = r
	case r.known:
		s.result.mistake, s.result.refused = r.mistake, r.refused
	}
	ended := s.result.state != running && s.result.state != more
	if s.grown && ended && s.text == s.shown && time.Since(s.began) >= growing {
		s.run()
	}
}

// take does what the keys ask for; done says that the editor is left.
func (s *session) take(keys []key) (text string, done bool, err error) {
	for _, k := range keys {
		switch s.press(k) {
		case accept:
			return s.text, true, nil
		case leave:
			return "", true, ErrLeft
		case abort:
			return "", true, &pipeline.SignalError{Signal: os.Interrupt}
		case stop:
			s.tty.leave()
			stopJob()
			if err := s.tty.enter(); err != nil {
				return "", true, err
			}
			s.repaint()
		case repaint:
			s.repaint()
		}
	}
	if s.text != s.shown {
		s.shown = s.text
		s.previews.stop()
		s.quiet.Reset(quiet)
	}
	return "", false, nil
}

// stopJob stops the processes of the job until somebody continues them. The signal may stop this one only after the
// call that sends it has returned; and where nobody could continue the job, it does not.
func stopJob() {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	_ = syscall.Kill(0, syscall.SIGTSTP)
	select {
	case <-continued:
	case <-time.After(suspending):
	}
}

// repaint draws all of the screen, which may have another size, or have been written to by others.
func (s *session) repaint() {
	before := s.rows
	s.columns, s.rows = s.tty.size()
	_ = s.tty.write(s.screen.clear())
	if s.rows > before {
		s.quiet.Reset(quiet)
	}
}

func (s *session) draw() error {
	if p := s.screen.draw(s.frame()); p != nil {
		return s.tty.write(p)
	}
	return nil
}

// tty is the terminal of the process.
type tty struct {
	file   *os.File
	before *unix.Termios // nil while it is as it was before
}

const (
	enterScreen = "\x1b[?1049h\x1b[?7l\x1b[?2004h\x1b[2J"
	leaveScreen = "\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"
)

// enter has the terminal give each key as it is pressed, on a screen of its own.
func (t *tty) enter() error {
	var before unix.Termios
	err := t.control(func(fd int) error {
		now, err := unix.IoctlGetTermios(fd, getTermios)
		if err != nil {
			return err
		}
		before = *now
		now.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
		now.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
		now.Cflag = now.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
		now.Cc[unix.VMIN], now.Cc[unix.VTIME] = 1, 0
		return unix.IoctlSetTermios(fd, setTermios, now)
	})
	if err != nil {
		return err
	}
	t.before = &before
	return t.write([]byte(enterScreen))
}

// leave makes the terminal what it was before.
func (t *tty) leave() {
	if t.before == nil {
		return
	}
	_ = t.write([]byte(leaveScreen))
	_ = t.control(func(fd int) error { return unix.IoctlSetTermios(fd, setTermios, t.before) })
	t.before = nil
}

func (t *tty) control(f func(fd int) error) error {
	c, err := t.file.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := c.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}

func (t *tty) write(p []byte) error { return terminal.Write(t.file, p) }

// size returns the columns and rows of the terminal; those that are usual when it does not say.
func (t *tty) size() (columns, rows int) {
	columns, rows, _ = terminal.Size(t.file)
	if columns <= 0 || rows <= 0 {
		return 80, 24
	}
	return columns, rows
}

// reads gives what is typed. It reads on only when next is given something, so that what is typed
// after the editor was left is for the next program.
func (t *tty) reads() (read <-chan []byte, next chan<- struct{}) {
	to, from := make(chan []byte), make(chan struct{}, 1)
	go func() {
		defer close(to)
		for {
			p := make([]byte, 4<<10)
			n, err := t.file.Read(p)
			if err != nil || n == 0 {
				return
			}
			to <- p[:n]
			<-from
		}
	}()
	return to, from
}

// lock waits until no other process has the file locked, and locks it until it is closed.
func lock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX) }
