atomloom --version
