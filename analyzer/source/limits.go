package source

// Limits for configurations that are hostile, not large. All are far above what people write.
const (
	// MaxFileBytes is the size of one configuration file or of one that a function reads.
	MaxFileBytes = 16 << 20
	// maxNesting is how deep brackets, blocks and operators may nest in a file.
	maxNesting = 10_000
	// maxDigits is how many digits a number may have when it is written out.
	maxDigits = 4000
	// maxGlobEntries is how many files may be looked at for a pattern.
	maxGlobEntries = 100_000
	// maxWalkEntries is how many files and folders are looked through for root modules.
	maxWalkEntries = 2_000_000
	// maxPeekEntries is how many are looked at in a folder that is left out.
	maxPeekEntries = 10_000
)
