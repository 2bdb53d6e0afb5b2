package ftpd

// Tire uses up all steps of a reader but some.
func (r *Reader) Tire(left int) { r.steps = maxSteps - left }
