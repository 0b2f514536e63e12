package pipeline

// WithPlain returns the stage, whose body works on whole batches where it can, with another
// body that does the same a value at a time: a test holds the one against the other.
func (s *Stage) WithPlain(body func(j *Job, a any) error) *Stage {
	s.plain = body
	return s
}

// Plain returns a stage that does what s does a value at a time, nil when s has no other way.
func (s *Stage) Plain() *Stage {
	if s.plain == nil {
		return nil
	}
	p := *s
	p.body, p.plain = s.plain, nil
	return &p
}
