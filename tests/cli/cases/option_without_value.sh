atomloom describe --output --markdown
