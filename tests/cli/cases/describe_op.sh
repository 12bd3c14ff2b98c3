atomloom describe volume.threshold
