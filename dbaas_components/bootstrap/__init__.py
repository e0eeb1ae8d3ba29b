"""What a Kubernetes cluster needs before its first database."""
