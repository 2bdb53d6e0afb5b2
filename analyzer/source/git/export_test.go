package git

// Command returns the arguments and the environment with which git runs in a folder.
func Command(dir string) (args, env []string) { return settings(), environment(dir) }
