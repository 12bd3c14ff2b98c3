atomloom cache rm 1234
