package microthread

// OnDrain makes Drain call fn, too, until stop is called. It is for what has to end in good
// order by itself, such as a server. The program's goroutine.
func (p *Program) OnDrain(fn func()) (stop func()) {
	if p.drains == nil {
		p.drains = make(map[*func()]struct{})
	}
	key := &fn
	p.drains[key] = struct{}{}
	return func() { delete(p.drains, key) }
}
