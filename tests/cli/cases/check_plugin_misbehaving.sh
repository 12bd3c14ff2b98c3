# The well-behaved default passes; ops with optional inputs are tried both ways.
atomloom check-plugin "$BUILD/tests/plugins/misbehave.so" --brief
