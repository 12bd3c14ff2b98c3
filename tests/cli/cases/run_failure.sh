# A failure points at the parameter the op named; what does not depend on it is computed.
cp "$SOURCE/tests/cli/bad.yaml" .
atomloom run bad.yaml --jobs 1
