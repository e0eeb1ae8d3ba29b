"""Programs that run as Jobs within the Kubernetes cluster, with Python's standard library and nothing else."""
