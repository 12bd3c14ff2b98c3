atomloom cache stats && atomloom cache ls && atomloom cache verify
