"""Learning from readers: a training set of a consensus, a job, a package beside the old one."""
