atomloom describe volume
