atomloom describe
