# The well-behaved default passes, but each choice of a parameter is tried as well.
atomloom check-plugin "$BUILD/tests/plugins/misbehave.so" --brief --set test.misbehave.estimated=true
