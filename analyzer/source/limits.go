package source

// Limits against hostile configurations. They lie far above what people write.
const (
	// MaxFileBytes limits a configuration file, and a file that a function reads.
	MaxFileBytes = 16 << 20
	// maxNesting limits how deep brackets, blocks and operators may nest in a file.
	maxNesting = 10_000
	// maxDigits limits the digits of a number when it is written out.
	maxDigits = 4000
	// maxGlobEntries limits the files that are looked at for a pattern.
	maxGlobEntries = 100_000
	// maxWalkEntries limits the files and folders that are searched for root modules.
	maxWalkEntries = 2_000_000
	// maxPeekEntries limits what is looked at in a folder that is left out.
	maxPeekEntries = 10_000
)
