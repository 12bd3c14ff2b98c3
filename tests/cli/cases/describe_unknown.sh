atomloom describe volume.treshold
