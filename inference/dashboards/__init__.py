"""What investigators look at: overview, trajectories, a photo, the work on photos."""
