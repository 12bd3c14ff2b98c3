atomloom ops volume.threshold && atomloom ops volume.threshold --names
