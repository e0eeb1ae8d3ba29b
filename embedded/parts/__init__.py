"""The parts that a bare machine may lack: engine, provider, cluster, definitions, state."""
