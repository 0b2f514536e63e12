package pipeline

import (
	"strings"

	"mtpipe/internal/redact"
)

// Effects returns what of a run the world would see besides what it reads and prints: the stages that run
// programs, write files or talk to others, as they were called, those of blocks among them.
func (p *Plan) Effects() []string {
	var list []string
	effectsOf(p.main, "", &list)
	return list
}

func effectsOf(l *plannedList, when string, to *[]string) {
	for _, p := range l.pipelines {
		for _, u := range p.units {
			for _, s := range u.stages {
				if s.body != nil {
					effectsOf(s.body, when, to)
					continue
				}
				words := describe(s)
				// What a stage that only runs its blocks does is what they do, but for a log.
				runs := len(s.blocks) > 0 && s.Stage.Trait&Ordered != 0 && !strings.Contains(words, " --log")
				if s.Stage.Trait&Effect != 0 && !runs {
					*to = append(*to, redact.Text(words)+when)
				}
				for _, b := range s.blocks {
					inside := when
					if b.sub.level > 0 {
						inside = " (for each value)"
					}
					effectsOf(b.list, inside, to)
				}
			}
		}
	}
}
