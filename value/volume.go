package value

// Volume returns how many rows b has, -1 where that is not known without looking at its text, and how
// many bytes of text they are, with the ends of their lines.
func (b *Batch) Volume() (rows, bytes int) {
	switch b.form {
	case FormSpans:
		for _, s := range b.spans {
			bytes += int(s.Len) + 1
		}
	case FormRecords:
		for i := range b.records.Rows {
			bytes += int(b.records.Rows[i].Len) + 1
		}
	case FormLines:
		return b.count, len(b.data)
	case FormRaw:
		return -1, len(b.data)
	}
	return b.Len(), bytes
}
