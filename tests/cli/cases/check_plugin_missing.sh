atomloom check-plugin nothing.so
