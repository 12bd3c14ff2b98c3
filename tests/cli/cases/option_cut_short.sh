atomloom describe volume.threshold --mark
