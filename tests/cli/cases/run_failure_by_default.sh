# The parameter at fault is not in the file: the line of the op, and a word about the default.
cp "$SOURCE/tests/cli/bad.yaml" . && sed -i '/seconds/d' bad.yaml
atomloom run bad.yaml --jobs 1 2>&1 | grep -A 3 error: 
