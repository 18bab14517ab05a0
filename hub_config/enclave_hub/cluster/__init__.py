"""The same workspaces on a cluster: what KubeSpawner and Kubernetes are given."""
