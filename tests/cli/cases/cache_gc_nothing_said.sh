atomloom cache gc
