# An op that could not be tried is no success, and the hint says what to give it.
atomloom check-plugin "$BUILD/lib/atomloom/plugins/io.read_csv.so" --brief
