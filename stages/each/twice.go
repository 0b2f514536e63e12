package each

// Twice returns the first of names that stands in the list before, too; false when each stands in it once.
func Twice(names []string) (name string, ok bool) {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[name] {
			return name, true
		}
		seen[name] = true
	}
	return "", false
}
