atomloom describe volume.threshold --markdown
