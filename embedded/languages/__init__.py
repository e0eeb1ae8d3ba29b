"""Language hosts for the engine: how programs in YAML, Go, TypeScript and Java run where Pulumi's are not installed."""
