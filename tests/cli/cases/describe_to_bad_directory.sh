touch file
atomloom describe --markdown --output file/pages
