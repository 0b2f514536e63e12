package timing

import (
	"os"
	"slices"

	"mtpipe/internal/input"
)

// matchAgain follows the files that patterns match by now, and forgets the names that they matched
// once and that lead to nothing any more.
func (f *follower) matchAgain() error {
	now := make(map[string]bool)
	for _, pattern := range f.args.Files {
		names, err := input.MatchesNow(pattern)
		if err != nil {
			return err
		}
		for _, name := range names {
			now[name] = true
			if _, followed := f.found[name]; followed || name == pattern {
				continue
			}
			if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
				continue // it is looked at again the next time
			}
			n := f.newName(name)
			n.look = true
			f.names, f.found[name] = append(f.names, n), true
		}
	}
	f.names = slices.DeleteFunc(f.names, func(n *followedName) bool {
		gone := f.found[n.name] && !now[n.name] && n.file == nil && !slices.ContainsFunc(f.files, func(s *followedFile) bool { return s.of == n })
		if gone {
			delete(f.found, n.name)
		}
		return gone
	})
	return nil
}
