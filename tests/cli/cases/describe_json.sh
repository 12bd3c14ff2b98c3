atomloom describe volume.threshold --json
