package spill

// Partitions divides rows among the sections of one file by a hash, so that rows with the
// same key are in the same section.
type Partitions struct {
	file    *File
	memory  *Memory
	writers []*Writer
	counts  []int
	parts   []Section
}

const partitionBits = 5

// NumPartitions is how many partitions there are.
const NumPartitions = 1 << partitionBits

// NewPartitions returns partitions without rows. Its buffers have about so many bytes
// together; the file is in dir, see Create.
func NewPartitions(dir string, buffers int64) (*Partitions, error) {
	f, err := Create(dir)
	if err != nil {
		return nil, err
	}
	size := int(min(max(buffers/NumPartitions, 512), 256<<10))
	p := &Partitions{file: f, memory: NewMemory(size * NumPartitions), counts: make([]int, NumPartitions)}
	for i := range NumPartitions {
		p.writers = append(p.writers, NewWriter(f, p.memory.Bytes()[i*size:(i+1)*size:(i+1)*size]))
	}
	return p, nil
}

// Add adds a row that consists of parts, by the hash of its key.
func (p *Partitions) Add(hash uint64, parts ...[]byte) error {
	i := hash >> (64 - partitionBits)
	p.counts[i]++
	return p.writers[i].Add(parts...)
}

// Finish ends the adding of rows.
func (p *Partitions) Finish() error {
	for _, w := range p.writers {
		s, err := w.Finish()
		if err != nil {
			return err
		}
		p.parts = append(p.parts, s)
	}
	p.memory.Free()
	return nil
}

// Len returns the number of rows of partition i.
func (p *Partitions) Len(i int) int { return p.counts[i] }

// Reader returns a reader of the rows of partition i, in the order in which they were added.
func (p *Partitions) Reader(i int, buf []byte) *Reader { return NewReader(p.file, p.parts[i], buf) }

// Close removes the file. Partitions that are nil have none.
func (p *Partitions) Close() {
	if p != nil {
		p.memory.Free()
		_ = p.file.Close()
	}
}
