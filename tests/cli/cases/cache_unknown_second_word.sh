atomloom cache clean
