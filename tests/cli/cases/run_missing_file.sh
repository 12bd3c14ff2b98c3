atomloom run nothing.yaml
