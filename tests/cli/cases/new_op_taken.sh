atomloom new op volume.threshold
