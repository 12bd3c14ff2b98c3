atomloom cache
